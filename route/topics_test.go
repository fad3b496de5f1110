package route_test

import (
	"context"
	"reflect"
	"slices"
	"sync"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/route"
)

// topicGate keeps the messages of big groups that it gets.
type topicGate struct {
	rpc.Gate
	mu  sync.Mutex
	got []rpc.Topic
	bad bool // a topic was not about its message
}

func (g *topicGate) Deliver(_ context.Context, d *rpc.Deliveries) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, t := range d.Topics {
		if d.Messages[t.Message][0] != byte(t.CSeq) {
			g.bad = true
		}
		t.Message, t.Left = 0, slices.Clone(t.Left)
		g.got = append(g.got, t)
	}
	return nil
}

func (g *topicGate) Kick(context.Context, *rpc.Kicks) error { return nil }

func (g *topicGate) take() []rpc.Topic {
	g.mu.Lock()
	defer g.mu.Unlock()
	got := g.got
	g.got = nil
	return got
}

// TestTopics brings a message of a big group once to each gate that watches it, with
// all that it says.
func TestTopics(t *testing.T) {
	ctx := context.Background()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	s := newRoute(t, route.Options{})
	gates := map[string]*topicGate{"a": {}, "b": {}, "c": {}}
	for id, g := range gates {
		s.AttachGate(id, 1, g)
	}
	conv := msgdef.GroupConv(5)
	for _, id := range []string{"a", "b"} {
		must(s.Register(ctx, &rpc.SessionBatch{Gate: id, Epoch: 1, Topics: [][16]byte{conv, msgdef.GroupConv(6)}}))
	}
	notices := &rpc.Notices{
		Messages: [][]byte{{1}, {2}},
		Topics: []rpc.Topic{
			{Message: 0, Conv: conv, CSeq: 1, UID: 3, Except: 4, Gone: 1, Left: []uint64{7, 8}},
			{Message: 1, Conv: conv, CSeq: 2, Gone: 1, Was: 1, Over: true},
			{Message: 1, Conv: msgdef.GroupConv(7), CSeq: 2},
		},
	}
	must(s.Notify(ctx, notices))
	want := slices.Clone(notices.Topics[:2])
	want[1].Message = 0
	for id, g := range gates {
		if got := g.take(); id != "c" && !reflect.DeepEqual(got, want) || id == "c" && len(got) > 0 || g.bad {
			t.Errorf("gate %s got %+v", id, got)
		}
	}
	must(s.Unregister(ctx, &rpc.SessionBatch{Gate: "a", Epoch: 1, Topics: [][16]byte{conv}}))
	s.AttachGate("b", 2, gates["b"])
	must(s.Notify(ctx, notices))
	if n := len(gates["a"].take()) + len(gates["b"].take()); n > 0 || s.Stats().Topics != 1 { // a still watches one
		t.Errorf("%d messages for gates that watch no more", n)
	}
}

// watching is an update of what sessions of the gate watch.
func watching(u *rpc.RosterUpdate, watched, unwatched []uint64) *rpc.RosterUpdate {
	for _, id := range watched {
		u.Watched = append(u.Watched, msgdef.GroupConv(id))
	}
	for _, id := range unwatched {
		u.Unwatched = append(u.Unwatched, msgdef.GroupConv(id))
	}
	return u
}

// TestTopicsFollowUpdates applies what a gate says of topics, and forgets after a gap
// what a snapshot does not name.
func TestTopicsFollowUpdates(t *testing.T) {
	s := newRoute(t, route.Options{})
	g := new(topicGate)
	s.AttachGate("g", 1, g)
	watched := func(want ...uint64) {
		t.Helper()
		n := &rpc.Notices{Messages: [][]byte{{1}}}
		for id := range uint64(6) {
			n.Topics = append(n.Topics, rpc.Topic{Conv: msgdef.GroupConv(id + 1), CSeq: 1, UID: id + 1})
		}
		if err := s.Notify(t.Context(), n); err != nil {
			t.Fatal(err)
		}
		var got []uint64
		for _, topic := range g.take() {
			got = append(got, topic.UID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%v are watched, want %v", got, want)
		}
	}
	wants(t, s, watching(part(1, true, true), []uint64{1, 2}, nil), 2)
	watched(1, 2)
	wants(t, s, watching(update(2), []uint64{3}, []uint64{1}), 3)
	watched(2, 3)
	wants(t, s, watching(update(2), []uint64{3}, []uint64{1}), 3) // again
	wants(t, s, watching(update(4), []uint64{6}, nil), 3)         // one is missing
	watched(2, 3)
	wants(t, s, watching(part(4, true, false), []uint64{3}, nil), 5)
	watched(2, 3)
	wants(t, s, watching(part(4, false, true), []uint64{6}, nil), 5)
	watched(3, 6)
	if _, err := s.Update(t.Context(), watching(part(5, true, true), nil, []uint64{3})); rpc.CodeOf(err) != msgdef.CodeBadArgument {
		t.Errorf("a snapshot of what is not watched: %v", err)
	}
	s.DetachGate("g", 1)
	watched()
}

// TestTopicsInParts shares messages of big groups out where one call has too many.
func TestTopicsInParts(t *testing.T) {
	s := newRoute(t, route.Options{})
	g := new(topicGate)
	s.AttachGate("g", 1, g)
	if err := s.Register(t.Context(), &rpc.SessionBatch{Gate: "g", Epoch: 1, Topics: [][16]byte{msgdef.GroupConv(1)}}); err != nil {
		t.Fatal(err)
	}
	n := &rpc.Notices{}
	for i := range 257 {
		n.Messages = append(n.Messages, []byte{byte(i)})
		n.Topics = append(n.Topics, rpc.Topic{Message: uint32(i), Conv: msgdef.GroupConv(1), CSeq: uint64(i)})
	}
	if err := s.Notify(t.Context(), n); rpc.CodeOf(err) != msgdef.CodeBadArgument {
		t.Errorf("257 at once: %v", err)
	}
	n.Topics = n.Topics[:256]
	if err := s.Notify(t.Context(), n); err != nil || len(g.take()) != 256 || g.bad {
		t.Errorf("256 at once: %v", err)
	}
	n.Topics[0].Message = 300
	if err := s.Notify(t.Context(), n); rpc.CodeOf(err) != msgdef.CodeBadArgument {
		t.Errorf("a message that is not there: %v", err)
	}
}
