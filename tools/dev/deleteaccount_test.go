package dev

import (
	"errors"
	"testing"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// refusedFor checks the code of a refusal.
func (u *user) refusedFor(what string, err error, want msgdef.ErrorCode) {
	u.t.Helper()
	var e *client.Error
	if !errors.As(err, &e) || e.Code != want {
		u.t.Errorf("%s: %v, want %v", what, err, want)
	}
}

// TestDeleteAccount deletes an account by one of its devices: a stolen session cannot,
// the devices that are online are told, one that is not does not get in again by any
// proof, and others keep what they have, and reach the user no more.
func TestDeleteAccount(t *testing.T) {
	w := newWorld(t)
	state := new(client.MemoryState)
	o := w.options("alice")
	o.State = state
	away := new(client.MemoryState)
	offline := w.options("alice")
	offline.State = away
	w.connect(offline).close()
	alice, other, bob := w.connect(o), w.user("alice"), w.user("bob")
	uid, pair := alice.UID(), msgdef.Pair(alice.UID(), bob.UID())
	if _, err := alice.Send(alice.ctx(), pair, msgdef.ContentText, []byte("stays")); err != nil {
		t.Fatal(err)
	}
	if _, err := alice.Befriend(alice.ctx(), bob.UID(), "hello"); err != nil {
		t.Fatal(err)
	}
	if err := alice.DeleteAccount(alice.ctx(), "guess"); !errors.Is(err, client.ErrWrongPassword) {
		t.Fatalf("without the password: %v", err)
	}
	if _, err := alice.Send(alice.ctx(), pair, msgdef.ContentText, []byte("still here")); err != nil {
		t.Fatal(err)
	}
	if err := alice.DeleteAccount(alice.ctx(), o.Password); err != nil {
		t.Fatal(err)
	}
	alice.ended(client.ErrDeleted, msgdef.CodeDeleted)
	other.ended(client.ErrDeleted, msgdef.CodeDeleted)
	alice.close()
	if s, err := state.Load(); err != nil || s.Device != 0 || len(s.Token) != 0 {
		t.Errorf("kept: %+v, %v", s, err)
	}
	for range 2 {
		for _, options := range []client.Options{offline, w.options("alice")} {
			c, err := client.New(options)
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Connect(bob.ctx()); !errors.Is(err, client.ErrCredentials) {
				t.Errorf("in again: %v", err)
			}
			c.Close()
		}
		_, err := bob.Send(bob.ctx(), pair, msgdef.ContentText, []byte("x"))
		bob.refusedFor("a message", err, msgdef.CodeUserDeleted)
		_, err = bob.Befriend(bob.ctx(), uid, "")
		bob.refusedFor("a request", err, msgdef.CodeUserDeleted)
		list, err := bob.Profiles(bob.ctx(), nil, uid)
		if err != nil || len(list) != 1 || !list[0].Deleted || list[0].Account != "alice" {
			t.Errorf("shown: %+v, %v", list, err)
		}
		eventually(t, "the end of it", func() bool {
			s, err := w.server.service.Inspect(t.Context(), &rpc.Sanction{UID: uid})
			return err == nil && s.Removed && s.Steps == 0
		})
		page, err := bob.History(bob.ctx(), pair, 0, 9)
		if err != nil || len(page.Messages) != 4 || string(page.Messages[0].Body) != "stays" {
			t.Errorf("bob has %+v, %v", page.Messages, err)
		}
		w.stop()
		w.start()
		bob.close()
		bob = w.user("bob")
	}
}
