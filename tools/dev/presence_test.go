package dev

import (
	"testing"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
)

// watcher is a device that hears who is online.
type watcher struct {
	*user
	heard chan msgdef.PresenceState
}

func newWatcher(w *world, name string) *watcher {
	w.t.Helper()
	v := &watcher{heard: make(chan msgdef.PresenceState, 64)}
	o := w.options(name)
	o.OnPresence = func(list []msgdef.PresenceState) {
		for _, s := range list {
			v.heard <- s
		}
	}
	v.user = w.connect(o)
	return v
}

// hears waits until a user is so.
func (v *watcher) hears(uid uint64, want func(msgdef.PresenceState) bool) {
	v.t.Helper()
	for {
		select {
		case s := <-v.heard:
			if s.UID == uid && want(s) {
				return
			}
		case <-v.ctx().Done():
			v.t.Fatalf("still waiting for what becomes of %d", uid)
		}
	}
}

// asks watches one user and returns how they are.
func (v *watcher) asks(via msgdef.Conversation, uid uint64) msgdef.PresenceState {
	v.t.Helper()
	states, err := v.WatchPresence(v.ctx(), via, uid)
	if err != nil || len(states) != 1 || states[0].UID != uid {
		v.t.Fatalf("%+v, %v", states, err)
	}
	return states[0]
}

// TestWatchedPresence has those who know each other see who comes and goes, over a restart of
// the server, and strangers and former members nothing.
func TestWatchedPresence(t *testing.T) {
	w := newWorld(t)
	alice, bob, carol := newWatcher(w, "alice"), w.user("bob"), w.user("carol")
	none := msgdef.Conversation{}
	if s := alice.asks(none, bob.UID()); s.Code != msgdef.CodeForbidden || s.Online {
		t.Errorf("a stranger is told %+v", s)
	}
	if _, err := alice.Send(alice.ctx(), msgdef.Pair(alice.UID(), bob.UID()), msgdef.ContentText, []byte("hello")); err != nil {
		t.Fatal(err)
	}
	if s := alice.asks(none, bob.UID()); !s.Online || s.Devices != 1 || s.Platforms == 0 {
		t.Errorf("%+v", s)
	}
	second := w.user("bob")
	alice.hears(bob.UID(), func(s msgdef.PresenceState) bool { return s.Devices == 2 })
	second.close()
	alice.hears(bob.UID(), func(s msgdef.PresenceState) bool { return s.Devices == 1 })

	conv, err := carol.FoundGroup(carol.ctx(), msgdef.GroupInfo{Name: "Club"}, alice.UID())
	if err != nil {
		t.Fatal(err)
	}
	if s := alice.asks(none, carol.UID()); s.Code != msgdef.CodeForbidden {
		t.Errorf("without the group she is told %+v", s)
	}
	states, err := alice.WatchPresence(alice.ctx(), conv)
	if err != nil || len(states) != 2 {
		t.Fatalf("members: %+v, %v", states, err)
	}
	if s := alice.asks(conv, bob.UID()); s.Code != msgdef.CodeForbidden {
		t.Errorf("of who is no member she is told %+v", s)
	}
	w.stop()
	w.start()
	if err := bob.Connect(bob.ctx()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "alice", func() bool { return alice.Status().Phase == client.Online })
	carol.change(conv, msgdef.GroupRemove, alice.UID())
	third := w.user("carol") // moves, so that she is looked at
	defer third.close()
	alice.hears(carol.UID(), func(s msgdef.PresenceState) bool { return s.Code == msgdef.CodeForbidden })
}
