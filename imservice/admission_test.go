package imservice

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// What went wrong elsewhere, one test each.

// TestTokenOfARemovedUser opens nothing, now and after a start, nor does a ticket
// or a password.
func TestTokenOfARemovedUser(t *testing.T) {
	w := newWorld(t, 0, openRegistration)
	alice := login(t, w, "alice", "pw", 1)
	w.show(alice.Token, 1) // in memory, if anything is
	w.sanctioned(w.server.Remove(t.Context(), of("alice")))
	for range 2 {
		wantCode(t, w, byToken(alice.Token, 1), msgdef.CodeBadCredentials)
		wantCode(t, w, byPassword("alice", "pw", 1), msgdef.CodeBadCredentials)
		for _, generation := range []uint64{0, alice.Generation, alice.Generation + 1, 1 << 60} {
			if code := w.resume(alice.UID, 1, generation); code != msgdef.CodeBadCredentials {
				t.Errorf("generation %d: %v", generation, code)
			}
		}
		w.restart()
	}
}

// TestEveryBitOfATokenCounts: none is accepted because it looks like one.
func TestEveryBitOfATokenCounts(t *testing.T) {
	w := newWorld(t, 0, openRegistration)
	token := login(t, w, "alice", "pw", 1).Token
	for bit := range familySize * 8 { // one of the secret's ends the family
		other := bytes.Clone(token)
		other[bit/8] ^= 1 << (bit % 8)
		wantCode(t, w, byToken(other, 1), msgdef.CodeBadCredentials)
	}
	for _, other := range [][]byte{token[:63], token[:33], token[:31], token[:1], append(bytes.Clone(token), 0)} {
		wantCode(t, w, byToken(other, 1), msgdef.CodeBadCredentials)
	}
	w.show(token, 1)
	wantCode(t, w, byToken(token[:32], 1), msgdef.CodeTokenReused) // somebody has seen a token
	for bit := range secretSize * 8 {
		token := login(t, w, "alice", "pw", 1).Token
		token[familySize+bit/8] ^= 1 << (bit % 8)
		wantCode(t, w, byToken(token, 1), msgdef.CodeTokenReused)
	}
}

// TestEmptyAndDefaultSecrets open nothing, whatever the method, also not an
// account that has no password.
func TestEmptyAndDefaultSecrets(t *testing.T) {
	w := newWorld(t, 1, openRegistration) // u1 has no password
	login(t, w, "alice", "pw", 1)
	secrets := [][]byte{
		nil, {}, make([]byte, 16), make([]byte, 32), make([]byte, 64), bytes.Repeat([]byte{0xff}, 64), bytes.Repeat([]byte{'0'}, 64),
		[]byte("admin"), []byte("password"), []byte("openIM123"), []byte("secret"), []byte("alice"), []byte(" "), {0},
	}
	for _, method := range []msgdef.AuthMethod{0, msgdef.AuthPassword, msgdef.AuthToken, msgdef.AuthIssuer, 4, 255} {
		for _, name := range []string{"alice", "u1"} {
			for _, secret := range secrets {
				w.clock.add(time.Minute) // nobody is slowed down
				wantCode(t, w, &rpc.LoginRequest{Method: method, Account: name, Secret: secret, Device: 1}, msgdef.CodeBadCredentials)
			}
		}
		if method == msgdef.AuthPassword {
			continue // to register without a name is about the name
		}
		for _, secret := range secrets {
			wantCode(t, w, &rpc.LoginRequest{Method: method, Secret: secret, Device: 1}, msgdef.CodeBadCredentials)
		}
	}
}

// TestOddNamesSkipNothing: who a token proves is the token's to say, and no form
// of a name opens another's account.
func TestOddNamesSkipNothing(t *testing.T) {
	w := newWorld(t, 0, openRegistration)
	alice, bob := login(t, w, "alice", "pw", 1), login(t, w, "bob", "other", 1)
	uid := fmt.Sprint(alice.UID)
	for _, name := range []string{
		"bob", "Alice", "ALICE", "alice ", " alice", "alice\x00", "alice\n", "alice;" + uid, "alice#" + uid, "alice:" + uid, "alice@" + uid,
		"alice/1", "alice.robot", "robot-alice", "bench", "admin", "system", "root", uid, "#" + uid, "0", "-1", "*", "%", "alice%", "ａlice",
		"al\u0131ce", "alice\u200b", "../alice", strings.Repeat("a", 64), "alice\xff",
	} {
		req := byToken(alice.Token, 1)
		req.Account = name
		wantCode(t, w, req, msgdef.CodeBadCredentials)
		r, err := w.server.Login(t.Context(), byPassword(name, "pw", 2))
		if err == nil && (r.UID == alice.UID || r.UID == bob.UID || r.Account != name) {
			t.Errorf("%q is user %d %q", name, r.UID, r.Account)
		}
		if code := rpc.CodeOf(err); err != nil && code != msgdef.CodeBadAccount && code != msgdef.CodeBadCredentials {
			t.Errorf("%q: %v", name, err)
		}
		w.clock.add(time.Minute)
	}
	w.show(alice.Token, 1) // none of them has harmed it
}

// TestResumeNeedsWhatWasProven: a device that never logged in, or whose token is
// over, does not resume, whatever it says.
func TestResumeNeedsWhatWasProven(t *testing.T) {
	w := newWorld(t, 1, openRegistration, func(o *Options) { o.Limits.TokensPerUser = 2 })
	alice := login(t, w, "alice", "pw", 1)
	expect := func(what string, uid, device, generation uint64, want msgdef.ErrorCode) {
		t.Helper()
		if code := w.resume(uid, device, generation); code != want {
			t.Errorf("%s: %v, want %v", what, code, want)
		}
	}
	expect("the device", alice.UID, 1, alice.Generation, msgdef.CodeOK)
	expect("another device", alice.UID, 2, alice.Generation, msgdef.CodeBadCredentials)
	expect("another user", w.users[0], 1, 0, msgdef.CodeBadCredentials)
	expect("nobody", 0, 1, 0, msgdef.CodeBadCredentials)
	w.restart()
	expect("after a restart", alice.UID, 1, alice.Generation, msgdef.CodeOK)
	w.clock.add(30*day - time.Millisecond)
	expect("just before the token is over", alice.UID, 1, alice.Generation, msgdef.CodeOK)
	login(t, w, "alice", "pw", 2)
	login(t, w, "alice", "pw", 3)
	expect("too many devices", alice.UID, 1, alice.Generation, msgdef.CodeBadCredentials)
	expect("one of them", alice.UID, 3, alice.Generation, msgdef.CodeOK)
	w.clock.add(30 * day)
	expect("its token is over", alice.UID, 3, alice.Generation, msgdef.CodeBadCredentials)
	if s := w.server.Stats(); s.Resumes != 3 || s.BadResumes != 2 { // since the restart
		t.Errorf("%d resumed, %d not", s.Resumes, s.BadResumes)
	}
}

// TestRehash gives passwords the cost of now, at their next login.
func TestRehash(t *testing.T) {
	w := newWorld(t, 0, openRegistration)
	login(t, w, "alice", "pw", 1)
	hash := func() string {
		a, err := w.store.AccountByName("alice")
		w.must(err)
		return a.Password
	}
	before := hash()
	login(t, w, "alice", "pw", 1)
	if hash() != before {
		t.Error("a hash of the same cost was made anew")
	}
	w.options.Password.Iterations = 2
	w.restart()
	wantCode(t, w, byPassword("alice", "guess", 1), msgdef.CodeBadCredentials)
	if hash() != before {
		t.Error("a wrong password was hashed for good")
	}
	login(t, w, "alice", "pw", 1)
	after := hash()
	if !strings.Contains(after, "t=2") || w.server.Stats().Rehashes != 1 {
		t.Errorf("%q after %q", after, before)
	}
	login(t, w, "alice", "pw", 1)
	if hash() != after {
		t.Error("hashed twice")
	}
}
