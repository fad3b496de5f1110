package imservice

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// deletes is what a device of a user asks for.
func deletes(l *rpc.LoginReply, device uint64, password string) *rpc.AccountDeletion {
	return &rpc.AccountDeletion{
		UID: l.UID, Device: device, Generation: l.Generation, Address: "192.0.2.1", Method: msgdef.AuthPassword, Secret: []byte(password),
	}
}

// wantDeleted checks what becomes of a request.
func (w *world) wantDeleted(req *rpc.AccountDeletion, want msgdef.ErrorCode) {
	w.t.Helper()
	if code := rpc.CodeOf(w.server.DeleteAccount(context.Background(), req)); code != want {
		w.t.Errorf("user %d, device %d, %q: %v, want %v", req.UID, req.Device, req.Secret, code, want)
	}
}

// TestDeleteAccount has whoever has no fresh proof change nothing, and who has one end
// everything: sessions of all devices, tokens, tickets, the name.
func TestDeleteAccount(t *testing.T) {
	r := newRegions()
	w := newWorld(t, 1, openRegistration, withRegions(r))
	alice, other := login(t, w, "alice", "right", 1), login(t, w, "alice", "right", 2)
	bob := login(t, w, "bob", "bobs", 1)
	for device := range uint64(2) {
		r.register(rpc.Session{UID: alice.UID, Device: device + 1, Generation: alice.Generation})
	}
	w.does(text(alice.UID, bob.UID, 1, "stays"), 0)
	for _, stolen := range []string{"wrong", "", "bobs", strings.Repeat("x", 1025), string(alice.Token)} {
		w.wantDeleted(deletes(alice, 1, stolen), msgdef.CodeWrongPassword)
	}
	w.wantDeleted(deletes(alice, 0, "right"), msgdef.CodeBadDevice)
	w.wantDeleted(deletes(alice, 3, "right"), msgdef.CodeForbidden) // no device of theirs
	late := deletes(alice, 1, "right")
	late.Generation++
	w.wantDeleted(late, msgdef.CodeForbidden)
	byToken := deletes(alice, 1, "right")
	byToken.Method, byToken.Secret = msgdef.AuthToken, alice.Token
	w.wantDeleted(byToken, msgdef.CodeForbidden)
	if s := w.sanctioned(w.server.Inspect(t.Context(), of("alice"))); s.Removed || s.Generation != 0 {
		t.Fatalf("changed: %+v", s)
	}
	w.show(alice.Token, 1)
	w.wantDeleted(deletes(alice, 1, "right"), msgdef.CodeOK)
	for _, again := range []*rpc.AccountDeletion{deletes(alice, 1, "right"), deletes(other, 2, "wrong")} { // an answer was lost
		w.wantDeleted(again, msgdef.CodeOK)
	}
	r.called(1)
	if live, ended, _ := r.sees(); live != 0 || ended != 2 || r.ended[0].why.Code != msgdef.CodeDeleted || r.ended[0].why.Detail != deletedByUser {
		t.Errorf("%d live, ended are %+v", live, r.ended)
	}
	for range 2 {
		wantCode(t, w, byPassword("alice", "right", 1), msgdef.CodeBadCredentials)
		wantCode(t, w, byToken2(alice, 1), msgdef.CodeBadCredentials)
		wantCode(t, w, byToken2(other, 2), msgdef.CodeBadCredentials)
		for device := range uint64(2) {
			if code := w.resume(alice.UID, device+1, alice.Generation); code != msgdef.CodeBadCredentials {
				t.Errorf("device %d has resumed: %v", device+1, code)
			}
		}
		w.restart()
	}
	w.cleaned(alice.UID)
	if got := w.texts(bob.UID, msgdef.Pair(alice.UID, bob.UID)); got != "stays" {
		t.Errorf("bob has %q", got)
	}
	if n := w.server.Stats(); n.WaitingDeletions != 0 {
		t.Errorf("%d are waiting", n.WaitingDeletions)
	}
}

func byToken2(l *rpc.LoginReply, device uint64) *rpc.LoginRequest { return byToken(l.Token, device) }

// TestDeleteGuesses are bounded like those of logins, and the right password is not
// taken then either.
func TestDeleteGuesses(t *testing.T) {
	w := newWorld(t, 0, openRegistration, func(o *Options) { o.Limits.FailuresPerAccount = 3 })
	alice := login(t, w, "alice", "right", 1)
	for range 3 {
		w.wantDeleted(deletes(alice, 1, "guess"), msgdef.CodeWrongPassword)
	}
	w.wantDeleted(deletes(alice, 1, "right"), msgdef.CodeBusy)
	w.clock.add(time.Minute)
	w.wantDeleted(deletes(alice, 1, "right"), msgdef.CodeOK)
}

// TestDeleteRacesPassword deletes with a password that is changed at the same time: one
// of both is done.
func TestDeleteRacesPassword(t *testing.T) {
	w := newWorld(t, 0, openRegistration, func(o *Options) { o.Limits.HashesAtOnce = 4 })
	for range 10 {
		l := login(t, w, "alice"+w.clock.now().Format("150405"), "old", 1)
		w.clock.add(time.Second)
		var both sync.WaitGroup
		var deleted, changed error
		both.Go(func() { deleted = w.server.DeleteAccount(context.Background(), deletes(l, 1, "old")) })
		both.Go(func() { _, changed = w.server.ChangePassword(context.Background(), change(l, "old", "new")) })
		both.Wait()
		if (deleted == nil) == (changed == nil) {
			t.Errorf("deleted: %v, changed: %v", deleted, changed)
		}
	}
}

// TestDeleteByIssuer asks the issuer again, and takes a token of the same account only.
func TestDeleteByIssuer(t *testing.T) {
	w := newWorld(t, 0, openRegistration)
	o := newOutside(t, w, "https://one.example")
	w.options.Issuers = o.set
	w.restart()
	reply, err := w.server.Login(t.Context(), byIssuer(o.token("https://one.example", "ann", time.Hour)))
	w.must(err)
	ask := func(token []byte, method msgdef.AuthMethod) *rpc.AccountDeletion {
		return &rpc.AccountDeletion{UID: reply.UID, Device: 1, Generation: reply.Generation, Address: "192.0.2.1", Method: method, Secret: token}
	}
	w.wantDeleted(ask(o.token("https://one.example", "other", time.Hour), msgdef.AuthIssuer), msgdef.CodeWrongPassword)
	w.wantDeleted(ask(o.token("https://one.example", "ann", -time.Hour), msgdef.AuthIssuer), msgdef.CodeWrongPassword)
	w.wantDeleted(ask([]byte("no token"), msgdef.AuthIssuer), msgdef.CodeWrongPassword)
	w.wantDeleted(ask([]byte("password"), msgdef.AuthPassword), msgdef.CodeForbidden)
	w.wantDeleted(ask(o.token("https://one.example", "ann", time.Hour), msgdef.AuthIssuer), msgdef.CodeOK)
	wantCode(t, w, byIssuer(o.token("https://one.example", "ann", time.Hour)), msgdef.CodeDeleted)
}
