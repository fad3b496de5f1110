package contracttest

import (
	"context"
	"slices"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/loopback"
)

// typing asks who hears that somebody writes: of a group its members, and of
// strangers nobody.
func typing(t *testing.T, s serviceTest) {
	conv := s.found(t)
	stranger := s.login(t, "carol")
	for range 2 {
		batch := &rpc.Typings{Items: []rpc.Typing{
			{UID: s.alice, Conv: s.pair(), Device: 1}, {UID: stranger, Conv: conv}, {UID: s.bob, Conv: conv, Off: true},
			{UID: s.alice, Conv: msgdef.GroupConv(78)}, {UID: s.alice, Conv: conv},
		}}
		reply := must[rpc.TypingReply](t)(s.Typing(within(t), batch))
		loopback.Poison(batch)
		if want := []rpc.Hearer{{Item: 2, UID: s.alice}, {Item: 4, UID: s.bob}}; !slices.Equal(reply.Tell, want) {
			t.Errorf("%+v hear, want %+v", reply.Tell, want)
		}
		loopback.Poison(reply)
	}
	call := batchCall{"Typing", maxSends, func(ctx context.Context, n int) (int, error) {
		_, err := s.Typing(ctx, &rpc.Typings{Items: make([]rpc.Typing, n)})
		return n, err
	}}
	call.sizes(t)
	call.ended(t)
}
