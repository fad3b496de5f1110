package registry_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/route/registry"
)

// TestSequence follows one image through its states.
func TestSequence(t *testing.T) {
	var s registry.Sequence
	some := []rpc.Session{{UID: 1, Device: 1, Conn: 1}}
	for n, step := range []struct {
		update rpc.RosterUpdate
		action registry.Action
		want   uint64
	}{
		{rpc.RosterUpdate{Seq: 1}, registry.Answer, 0},
		{rpc.RosterUpdate{Seq: 4, Snapshot: true}, registry.Answer, 0},
		{rpc.RosterUpdate{Seq: 4, Snapshot: true, First: true}, registry.Part, 5},
		{rpc.RosterUpdate{Seq: 4}, registry.Answer, 5}, // a sign of life in between
		{rpc.RosterUpdate{Seq: 4, Snapshot: true}, registry.Part, 5},
		{rpc.RosterUpdate{Seq: 4, Snapshot: true, Last: true}, registry.Part, 5},
		{rpc.RosterUpdate{Seq: 4}, registry.Answer, 5},
		{rpc.RosterUpdate{Seq: 6}, registry.Answer, 5},
		{rpc.RosterUpdate{Seq: 5}, registry.Answer, 5}, // a sign of life: 5 was missed
		{rpc.RosterUpdate{Seq: 5, Began: some}, registry.Apply, 6},
		{rpc.RosterUpdate{Seq: 5, Began: some}, registry.Answer, 6},
		{rpc.RosterUpdate{Seq: 9, Snapshot: true, First: true}, registry.Part, 10},
		{rpc.RosterUpdate{Seq: 6, Ended: some}, registry.Apply, 7}, // stays whole while it collects
		{rpc.RosterUpdate{Seq: 8, Snapshot: true, Last: true}, registry.Answer, 0},
		{rpc.RosterUpdate{Seq: 6}, registry.Answer, 7},
		{rpc.RosterUpdate{Seq: 0, Snapshot: true, First: true, Last: true}, registry.Part, 1},
		{rpc.RosterUpdate{Seq: 1, Began: some}, registry.Apply, 2},
	} {
		action, reply := s.Judge(&step.update)
		if action != registry.Answer {
			reply = s.Done(&step.update)
		}
		if action != step.action || reply.Want != step.want {
			t.Fatalf("step %d: action %d wants %d, want %d wants %d", n, action, reply.Want, step.action, step.want)
		}
	}
	s.Forget()
	if _, reply := s.Judge(&rpc.RosterUpdate{Seq: 2}); reply.Want != 0 {
		t.Errorf("what forgot everything wants %d", reply.Want)
	}
}

// TestSequenceNeverSkips applies whatever comes, and finds that an image which is
// whole has every number since its snapshot.
func TestSequenceNeverSkips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s registry.Sequence
		var last uint64
		whole := false
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			u := rpc.RosterUpdate{
				Seq:      rapid.Uint64Range(0, 6).Draw(t, "seq"),
				Snapshot: rapid.Bool().Draw(t, "snapshot"),
				First:    rapid.Bool().Draw(t, "first"),
				Last:     rapid.Bool().Draw(t, "last"),
				Began:    make([]rpc.Session, rapid.IntRange(0, 1).Draw(t, "began")),
			}
			switch action, reply := s.Judge(&u); action {
			case registry.Apply:
				if u.Snapshot || !whole || u.Seq != last+1 || len(u.Began) == 0 {
					t.Fatalf("applies %+v after %d (whole: %v)", u, last, whole)
				}
				last = u.Seq
			case registry.Part:
				if u.Last {
					last, whole = u.Seq, true
				}
			case registry.Answer:
				if !u.Snapshot && whole && reply.Want != last+1 {
					t.Fatalf("wants %d after %d", reply.Want, last)
				}
				continue
			}
			s.Done(&u)
		}
	})
}
