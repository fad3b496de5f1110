package route_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/route"
)

// movesGate keeps who is said to have moved.
type movesGate struct {
	rpc.Gate
	mu  sync.Mutex
	got []uint64
}

func (g *movesGate) Push(_ context.Context, f *rpc.Frames) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.got = append(g.got, f.Moved...)
	return nil
}

func (g *movesGate) Kick(context.Context, *rpc.Kicks) error { return nil }

// take returns who it was, each once and ascending.
func (g *movesGate) take() []uint64 {
	synctest.Wait()
	g.mu.Lock()
	defer g.mu.Unlock()
	got := g.got
	g.got = nil
	slices.Sort(got)
	return slices.Compact(got)
}

// knowing is a message service that lets everybody know, but of user 9.
type knowing struct{ rpc.Service }

func (knowing) Whereabouts(_ context.Context, q *rpc.WhereaboutsQuery) (*rpc.WhereaboutsReply, error) {
	reply := &rpc.WhereaboutsReply{Items: make([]msgdef.PresenceState, len(q.Items)), Invisible: make([]bool, len(q.Items))}
	for i, it := range q.Items {
		reply.Items[i] = msgdef.PresenceState{UID: it.UID}
		if reply.Invisible[i] = it.UID == 8; it.Seen {
			reply.Items[i].Seen = 77
		}
		if it.UID == 9 {
			reply.Items[i] = msgdef.PresenceState{UID: 9, Code: msgdef.CodeForbidden}
		}
	}
	return reply, nil
}

// TestMoves tells gates of those whom they watch when their devices come and go, also
// with their gate, and nobody else of anybody.
func TestMoves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newRoute(t, route.Options{Service: knowing{}})
		defer s.Close()
		ctx := context.Background()
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		watches, other := new(movesGate), new(movesGate)
		s.AttachGate("watches", 1, watches)
		s.AttachGate("other", 1, other)
		must(s.Register(ctx, &rpc.SessionBatch{Gate: "watches", Epoch: 1, Topics: [][16]byte{msgdef.Stream(5), msgdef.Stream(8)}}))
		session := func(uid, device, conn uint64) rpc.Session {
			return rpc.Session{UID: uid, Device: device, Conn: conn, Platform: msgdef.PlatformPhone}
		}
		moved := func(what string, want ...uint64) {
			t.Helper()
			if got := watches.take(); !slices.Equal(got, want) {
				t.Errorf("%s: %d moved, want %d", what, got, want)
			}
			if got := other.take(); len(got) > 0 {
				t.Errorf("%s: who watches nobody hears of %d", what, got)
			}
		}
		must(s.Register(ctx, &rpc.SessionBatch{Gate: "other", Epoch: 1, Items: []rpc.Session{
			session(5, 1, 1), session(6, 1, 2), session(8, 1, 3), session(9, 1, 4),
		}}))
		moved("logged in", 5, 8)
		reply, err := s.Whereabouts(ctx, &rpc.WhereaboutsQuery{Items: []rpc.Whereabout{{Asker: 1, UID: 5}, {Asker: 1, UID: 7}, {Asker: 1, UID: 8}, {Asker: 1, UID: 9}}})
		must(err)
		want := []msgdef.PresenceState{
			{UID: 5, Online: true, Devices: 1, Platforms: 1 << msgdef.PlatformPhone}, {UID: 7, Seen: 77}, {UID: 8}, {UID: 9, Code: msgdef.CodeForbidden},
		}
		if !slices.Equal(reply.Items, want) {
			t.Errorf("%+v, want %+v", reply.Items, want)
		}
		must(s.Register(ctx, &rpc.SessionBatch{Gate: "other", Epoch: 1, Items: []rpc.Session{session(5, 2, 5)}}))
		moved("another device", 5)
		must(s.Unregister(ctx, &rpc.SessionBatch{Gate: "other", Epoch: 1, Items: []rpc.Session{session(5, 1, 1)}}))
		moved("a device went", 5)
		s.DetachGate("other", 1)
		moved("their gate died", 5, 8)
		must(s.Unregister(ctx, &rpc.SessionBatch{Gate: "watches", Epoch: 1, Topics: [][16]byte{msgdef.Stream(5)}}))
		s.AttachGate("other", 2, other)
		must(s.Register(ctx, &rpc.SessionBatch{Gate: "other", Epoch: 2, Items: []rpc.Session{session(5, 1, 1), session(8, 1, 2)}}))
		moved("after the watch ended", 8)
	})
}
