package dev

import (
	"testing"

	"github.com/sim-im/sim/msgdef"
)

// TestKeep has either of two say for how long their messages are kept, the other see
// it where it was said, both see of a message until when it lives, a new device find it
// in its list, and who is blocked say nothing, also over a restart of the server.
func TestKeep(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.user("alice"), w.user("bob")
	_, err := alice.Keep(alice.ctx(), bob.UID(), 30)
	alice.refusedFor("nothing was written", err, msgdef.CodeUnknownConversation)
	alice.send(bob.UID(), "hello")
	if _, err := alice.Keep(alice.ctx(), bob.UID(), 30); err != nil {
		t.Fatal(err)
	}
	if _, err := bob.Keep(bob.ctx(), alice.UID(), 7); err != nil {
		t.Fatal(err)
	}
	got := bob.messages(2)
	if says, err := got[1].Event(); err != nil || says.(*msgdef.Keep).Days != 30 {
		t.Errorf("bob sees %+v, %v", says, err)
	}
	sent := alice.send(bob.UID(), "for a week")
	got = bob.messages(3)
	if expires := got[2].Expires(); sent.Lifetime != 7*24*60*60 || !expires.Equal(sent.Expires()) || !expires.Equal(sent.Time().AddDate(0, 0, 7)) {
		t.Errorf("alice is told that it lives for %d s, bob until %v", sent.Lifetime, expires)
	}
	if _, err := bob.SetBlocked(alice.UID(), true).Wait(bob.ctx()); err != nil {
		t.Fatal(err)
	}
	_, err = alice.Keep(alice.ctx(), bob.UID(), 1)
	alice.refusedFor("who is blocked", err, msgdef.CodeUnwelcome)
	w.stop()
	w.start()
	second := w.user("alice")
	page, err := second.Talks(second.ctx(), msgdef.Conversation{}, 0)
	if err != nil || len(page.Talks) != 1 || page.Talks[0].State.Keep != 7 || page.Talks[0].State.Kept != 3 {
		t.Errorf("a new device finds %+v, %v", page.Talks, err)
	}
}
