package dev

import (
	"slices"
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

// TestWindowOfAGroup has a member scroll through a group, over a restart of the server, see
// somebody join and leave, and count it; who is no member any more, and strangers, learn
// nothing.
func TestWindowOfAGroup(t *testing.T) {
	w := newWorld(t)
	alice, bob, carol := newWatcher(w, "alice"), w.user("bob"), w.user("carol")
	dave := w.user("dave")
	conv, err := alice.FoundGroup(alice.ctx(), msgdef.GroupInfo{Name: "Club"}, bob.UID(), carol.UID())
	if err != nil {
		t.Fatal(err)
	}
	counts := func(who *user, online int) {
		t.Helper()
		if n, err := who.OnlineMembers(who.ctx(), conv); err != nil || n.Members != 3 || n.Online != online || n.At.IsZero() {
			t.Errorf("%+v, %v, want %d", n, err, online)
		}
	}
	learnsNothing := func(who *user) {
		t.Helper()
		_, err := who.OnlineMembers(who.ctx(), conv)
		who.refusedFor("a count", err, msgdef.CodeForbidden)
		_, err = who.WatchMembers(who.ctx(), conv, 0, 2)
		who.refusedFor("a window", err, msgdef.CodeForbidden)
	}
	counts(alice.user, 3)
	learnsNothing(dave)
	if _, err := carol.SetBlocked(alice.UID(), true).Wait(carol.ctx()); err != nil {
		t.Fatal(err)
	}
	if _, err := bob.SetInvisible(true).Wait(bob.ctx()); err != nil {
		t.Fatal(err)
	}
	counts(alice.user, 1)
	counts(bob, 3)
	if _, err := bob.SetInvisible(false).Wait(bob.ctx()); err != nil {
		t.Fatal(err)
	}
	scrolls := func(after uint64, more bool, want ...uint64) {
		t.Helper()
		win, err := alice.WatchMembers(alice.ctx(), conv, after, 2)
		var got []uint64
		for _, s := range win.States {
			got = append(got, s.UID)
		}
		if err != nil || !slices.Equal(got, want) || win.More != more {
			t.Errorf("after %d: %d, more: %v, %v", after, got, win.More, err)
		}
	}
	scrolls(0, true, alice.UID(), bob.UID())
	scrolls(alice.UID(), false, bob.UID(), carol.UID())
	if got := alice.Watched(); !slices.Equal(got, []uint64{bob.UID()}) {
		t.Errorf("watches %d, and carol blocks her", got)
	}
	scrolls(0, true, alice.UID(), bob.UID())
	if _, err := alice.WatchMembers(alice.ctx(), conv, bob.UID(), 0); err != nil {
		t.Fatal(err)
	}
	alice.change(conv, msgdef.GroupAdd, dave.UID())
	alice.hears(dave.UID(), func(s msgdef.PresenceState) bool { return s.Online })
	dave.change(conv, msgdef.GroupLeave)
	alice.hears(dave.UID(), func(s msgdef.PresenceState) bool { return s.Code == msgdef.CodeForbidden })
	scrolls(alice.UID(), false, bob.UID(), carol.UID())
	w.stop()
	w.start()
	if err := bob.Connect(bob.ctx()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "alice", func() bool { return alice.Status().Phase == client.Online })
	second := w.user("bob")
	defer second.close()
	alice.hears(bob.UID(), func(s msgdef.PresenceState) bool { return s.Devices == 2 })
	alice.change(conv, msgdef.GroupTransfer, carol.UID())
	alice.change(conv, msgdef.GroupLeave)
	learnsNothing(alice.user)
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
