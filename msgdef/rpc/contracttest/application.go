package contracttest

import (
	"context"
	"fmt"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/loopback"
)

// ApplicationFactory returns an instance of a business service that answers
// every frame of the types 0x8000 to 0x80ff with one of the same type and body,
// and no other.
type ApplicationFactory func(t testing.TB) rpc.Application

// Application checks an implementation of rpc.Application.
func Application(t *testing.T, open ApplicationFactory) {
	for name, check := range map[string]func(*testing.T, rpc.Application){
		"batch sizes":   appSizes,
		"ended context": appEnded,
		"answers":       appAnswers,
		"foreign types": appForeign,
	} {
		t.Run(name, func(t *testing.T) { check(t, open(t)) })
	}
}

func appSizes(t *testing.T, a rpc.Application) {
	batchCall{"Handle", maxFrames, func(ctx context.Context, n int) (int, error) {
		items := repeat(n, func(i int) rpc.AppFrame { return appFrame(uint64(i), 0x8000, "") })
		r, err := a.Handle(ctx, &rpc.AppFrames{Items: items})
		return count(r, err, func(r *rpc.AppReplies) int { return len(r.Items) })
	}}.sizes(t)
}

func appEnded(t *testing.T, a rpc.Application) {
	_, err := a.Handle(cancelled(), &rpc.AppFrames{Items: []rpc.AppFrame{appFrame(1, 0x8000, "")}})
	refused(t, "Handle with a context that has ended", err, msgdef.CodeTimeout)
}

// appAnswers spoils what it asked with, and what it was answered.
func appAnswers(t *testing.T, a rpc.Application) {
	for round := range 3 {
		batch := &rpc.AppFrames{Gate: "east", Items: repeat(20, func(i int) rpc.AppFrame {
			return appFrame(uint64(i%5+1), 0x8000+uint16(i), fmt.Sprint("body ", round, i))
		})}
		replies := must[rpc.AppReplies](t)(a.Handle(within(t), batch))
		loopback.Poison(batch)
		for i, r := range replies.Items {
			want := fmt.Sprint("body ", round, i)
			if r.Item != uint32(i) || r.Code != msgdef.CodeOK || r.Type != 0x8000+uint16(i) || string(r.Body) != want {
				t.Errorf("answer %d: %+v, want %q", i, r, want)
			}
		}
		loopback.Poison(replies)
	}
}

func appForeign(t *testing.T, a rpc.Application) {
	batch := &rpc.AppFrames{Items: []rpc.AppFrame{appFrame(1, 0x8100, ""), appFrame(1, 0x8000, "mine")}}
	replies := must[rpc.AppReplies](t)(a.Handle(within(t), batch))
	if n := len(replies.Items); n != 2 || replies.Items[0].Code != msgdef.CodeUnknownType || string(replies.Items[1].Body) != "mine" {
		t.Errorf("%+v", replies.Items)
	}
}
