package contracttest

import (
	"context"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/loopback"
)

// whereabouts asks about strangers, the other one of a conversation, and members of a
// group.
func whereabouts(t *testing.T, s serviceTest) {
	stranger := s.login(t, "carol")
	conv := s.found(t)
	for range 2 {
		query := &rpc.WhereaboutsQuery{Items: []rpc.Whereabout{
			{Asker: s.alice, UID: s.bob, Via: conv}, {Asker: stranger, UID: s.bob, Via: conv}, {Asker: s.alice, UID: stranger, Via: conv},
			{Asker: s.alice, UID: stranger}, {Asker: stranger, UID: stranger}, {Asker: s.alice, UID: s.bob, Via: msgdef.GroupConv(78)},
		}}
		reply := must[rpc.WhereaboutsReply](t)(s.Whereabouts(within(t), query))
		loopback.Poison(query)
		if len(reply.Items) != 6 || len(reply.Invisible) != 6 {
			t.Fatalf("%+v", reply)
		}
		for i, want := range []bool{true, false, false, false, true, false} {
			if state := &reply.Items[i]; (state.Code == msgdef.CodeOK) != want || state.Online || reply.Invisible[i] {
				t.Errorf("item %d: %+v, want it known: %v", i, state, want)
			}
		}
		loopback.Poison(reply)
	}
	call := batchCall{"Whereabouts", maxSends, func(ctx context.Context, n int) (int, error) {
		query := &rpc.WhereaboutsQuery{Items: repeat(n, func(int) rpc.Whereabout { return rpc.Whereabout{Asker: s.alice, UID: s.bob} })}
		r, err := s.Whereabouts(ctx, query)
		return count(r, err, func(r *rpc.WhereaboutsReply) int { return len(r.Items) })
	}}
	call.sizes(t)
	call.ended(t)
}
