package imservice

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// change is what the first device of a user asks for, on connection 7.
func change(l *rpc.LoginReply, old, new string) *rpc.PasswordChange {
	return &rpc.PasswordChange{
		UID: l.UID, Device: 1, Generation: l.Generation, Gate: "g1", Conn: 7, Address: "192.0.2.1", Old: []byte(old), New: []byte(new),
	}
}

// changed unwraps a change that must not fail.
func (w *world) changed(req *rpc.PasswordChange) *rpc.PasswordReply {
	w.t.Helper()
	r, err := w.server.ChangePassword(context.Background(), req)
	w.must(err)
	return r
}

// notChanged checks why a change is refused.
func (w *world) notChanged(req *rpc.PasswordChange, want msgdef.ErrorCode) {
	w.t.Helper()
	if r, err := w.server.ChangePassword(context.Background(), req); rpc.CodeOf(err) != want || r != nil {
		w.t.Errorf("%+v, %v; want %v", r, err, want)
	}
}

// TestChangedPassword is the only thing that proves the account afterwards, with
// the token that came of it. All other sessions end, and the one that asked stays.
func TestChangedPassword(t *testing.T) {
	r := newRegions()
	w := newWorld(t, 0, openRegistration, withRegions(r))
	alice, other := login(t, w, "alice", "old", 1), login(t, w, "alice", "old", 2)
	for conn, device := range map[uint64]uint64{7: 1, 8: 1, 9: 2} { // conn 8: a thief of device 1, at the same time
		r.register(rpc.Session{UID: alice.UID, Device: device, Conn: conn, Generation: alice.Generation})
	}
	w.push(alice.UID, 1)
	w.push(alice.UID, 2)
	got := w.changed(change(alice, "old", "new"))
	r.called(1)
	if live, ended, _ := r.sees(); live != 1 || ended != 2 || r.ended[0].why.Code != msgdef.CodeRevoked {
		t.Errorf("%d live, ended are %+v", live, r.ended)
	}
	left, err := w.store.PushTokensOf(alice.UID)
	w.must(err)
	if len(left) != 1 || left[0].Device != 1 {
		t.Errorf("pushed to are %+v", left)
	}
	for range 2 {
		for device, token := range map[uint64][]byte{1: alice.Token, 2: other.Token} {
			wantCode(t, w, byToken(token, device), msgdef.CodeBadCredentials)
			if code := w.resume(alice.UID, device, alice.Generation); code != msgdef.CodeBadCredentials {
				t.Errorf("device %d has resumed: %v", device, code)
			}
		}
		wantCode(t, w, byPassword("alice", "old", 1), msgdef.CodeBadCredentials)
		wantCode(t, w, byToken(got.Token, 2), msgdef.CodeBadCredentials) // it is device 1's
		w.show(got.Token, 1)
		w.restart()
	}
	login(t, w, "alice", "new", 2)
	if w.clock.add(30 * day); got.TokenExpires != w.clock.now().UnixMilli() {
		t.Errorf("the token expires at %d", got.TokenExpires)
	}
}

// TestThiefOfAToken has the session and the token of a device, and not the
// password: a change takes that, and guessing ends soon.
func TestThiefOfAToken(t *testing.T) {
	w := newWorld(t, 0, openRegistration, func(o *Options) { o.Limits.FailuresPerAccount, o.Limits.MinPassword = 3, 3 })
	alice := login(t, w, "alice", "secret", 1)
	for range 2 {
		w.notChanged(change(alice, "", "mine"), msgdef.CodeWrongPassword)
	}
	w.notChanged(change(alice, string(alice.Token), "mine"), msgdef.CodeWrongPassword)
	before := w.server.Stats().Hashes
	w.notChanged(change(alice, "secret", "mine"), msgdef.CodeBusy)
	if w.server.Stats().Hashes != before {
		t.Error("a change that is one too many was hashed")
	}
	w.clock.add(time.Minute)
	for name, bad := range map[string]string{"short": "ab", "empty": "", "long": strings.Repeat("x", 1025), "no text": "abc\xff"} {
		t.Log(name)
		w.notChanged(change(alice, "secret", bad), msgdef.CodeWeakPassword)
	}
	w.notChanged(change(alice, "secret", "secret"), msgdef.CodeSamePassword)
	w.must(w.store.PutPassword(alice.UID, externalMark+"acme"))
	w.notChanged(change(alice, "secret", "mine"), msgdef.CodeForbidden)
}

// TestOldSessionsChangeNothing though they know the password: what they have
// proven themselves with is gone.
func TestOldSessionsChangeNothing(t *testing.T) {
	w := newWorld(t, 0, openRegistration)
	for name, end := range map[string]func(context.Context, *rpc.Sanction) (*rpc.AccountState, error){
		"banned": w.server.Ban, "revoked": w.server.Revoke, "removed": w.server.Remove,
	} {
		l := login(t, w, name, "secret", 1)
		w.sanctioned(end(t.Context(), of(name)))
		w.notChanged(change(l, "secret", "mine"), msgdef.CodeForbidden)
		if name == "revoked" {
			login(t, w, name, "secret", 1)
			w.notChanged(change(l, "secret", "mine"), msgdef.CodeForbidden) // of before, still
		}
	}
	w.notChanged(&rpc.PasswordChange{UID: 99, Device: 1, Old: []byte("a"), New: []byte("b")}, msgdef.CodeForbidden)
}

// TestChangesRace each other, and logins with the old password. One change is
// done, and what the old password was good for is worth nothing after it.
func TestChangesRace(t *testing.T) {
	r := newRegions()
	w := newWorld(t, 0, openRegistration, withRegions(r), func(o *Options) { o.Limits.HashesAtOnce = 8 })
	for round := range 10 {
		name := strings.Repeat("u", round+1)
		l := login(t, w, name, "old", 1)
		var mu sync.Mutex
		var racers sync.WaitGroup
		won := map[string][]byte{}
		var logins []*rpc.LoginReply
		for _, password := range []string{"a", "b", "c"} {
			racers.Go(func() {
				reply, err := w.server.ChangePassword(t.Context(), change(l, "old", password))
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					won[password] = reply.Token
				} else if code := rpc.CodeOf(err); code != msgdef.CodeBusy && code != msgdef.CodeWrongPassword && code != msgdef.CodeForbidden {
					t.Error(err)
				}
			})
			racers.Go(func() {
				if reply, err := w.server.Login(t.Context(), byPassword(name, "old", 2)); err == nil {
					mu.Lock()
					defer mu.Unlock()
					logins = append(logins, reply)
				}
			})
		}
		racers.Wait()
		if len(won) != 1 {
			t.Fatalf("%d changes were done", len(won))
		}
		for password, token := range won {
			w.show(token, 1)
			login(t, w, name, password, 3)
		}
		for _, l := range logins {
			wantCode(t, w, byToken(l.Token, 2), msgdef.CodeBadCredentials)
			if w.resume(l.UID, 2, l.Generation) == msgdef.CodeOK {
				t.Error("a login with the old password may resume")
			}
		}
	}
}

// slowDown lets a change be looked at while it is committed.
type slowDown struct {
	store.Store
	before func()
}

func (s *slowDown) PutVerdict(v store.Verdict) error {
	s.before()
	return s.Store.PutVerdict(v)
}

// TestPowerCutInAChange finds the old password or the new one, and with the new
// one everything that belongs to it: evictions that are carried out at the start.
func TestPowerCutInAChange(t *testing.T) {
	mem := vfs.NewCrashableMem()
	r := newRegions()
	r.breakDown(errFar)
	w := &world{t: t, fs: mem, clock: newClock()}
	w.options = Options{Now: w.clock.now, Password: cheap, OpenRegistration: true, Evictor: r}
	w.open()
	alice := login(t, w, "alice", "old", 1)
	r.register(rpc.Session{UID: alice.UID, Device: 2, Conn: 9, Generation: alice.Generation})
	r.register(rpc.Session{UID: alice.UID, Device: 1, Conn: 7, Generation: alice.Generation})
	before := mem
	s := &slowDown{Store: w.store, before: func() { before = mem.CrashClone(vfs.CrashCloneCfg{}) }}
	w.server.options.Store = s
	got := w.changed(change(alice, "old", "new"))
	after := mem.CrashClone(vfs.CrashCloneCfg{})
	w.close()
	r.breakDown(nil)

	w.fs = before
	w.open()
	w.show(alice.Token, 1)
	login(t, w, "alice", "old", 1)
	w.close()
	if live, _, _ := r.sees(); live != 2 {
		t.Errorf("%d live, of a change that was not made", live)
	}

	w.fs = after
	w.open()
	defer w.close()
	eventually(func() bool { live, _, _ := r.sees(); return live == 1 })
	wantCode(t, w, byToken(alice.Token, 1), msgdef.CodeBadCredentials)
	w.show(got.Token, 1)
	wantCode(t, w, byPassword("alice", "old", 1), msgdef.CodeBadCredentials)
	login(t, w, "alice", "new", 2)
}

// TestSetPassword ends everything, and lets in with the password alone.
func TestSetPassword(t *testing.T) {
	r := newRegions()
	w := newWorld(t, 0, openRegistration, withRegions(r))
	alice := login(t, w, "alice", "old", 1)
	r.register(rpc.Session{UID: alice.UID, Device: 1, Generation: alice.Generation})
	state := w.sanctioned(w.server.SetPassword(t.Context(), &rpc.PasswordReset{Account: "alice", Password: []byte("new"), Reason: "you have called us"}))
	r.called(1)
	if live, _, _ := r.sees(); live != 0 || r.ended[0].why.Detail != "you have called us" || state.Generation <= alice.Generation {
		t.Errorf("%d live, ended by %+v, %+v", live, r.ended, state)
	}
	wantCode(t, w, byToken(alice.Token, 1), msgdef.CodeBadCredentials)
	wantCode(t, w, byPassword("alice", "old", 1), msgdef.CodeBadCredentials)
	login(t, w, "alice", "new", 1)
	w.must(w.store.PutPassword(alice.UID, externalMark+"acme"))
	for reset, want := range map[*rpc.PasswordReset]msgdef.ErrorCode{
		{Account: "alice", Password: []byte("new")}:                   msgdef.CodeForbidden,
		{Account: "nobody", Password: []byte("new")}:                  msgdef.CodeUnknownUser,
		{Account: "alice"}:                                            msgdef.CodeWeakPassword,
		{Account: "alice", Password: bytes.Repeat([]byte("x"), 1025)}: msgdef.CodeWeakPassword,
		{Password: []byte("new")}:                                     msgdef.CodeBadArgument,
		{Account: "alice", Password: []byte("x"), Reason: "\xff"}:     msgdef.CodeForbidden,
	} {
		if _, err := w.server.SetPassword(t.Context(), reset); rpc.CodeOf(err) != want {
			t.Errorf("%+v: %v, want %v", reset, err, want)
		}
	}
}

// TestRevokingOneDevice costs no other device anything: its token goes on, and so
// do its tickets. What the device had before it logs in anew stays worthless.
func TestRevokingOneDevice(t *testing.T) {
	w := newWorld(t, 0, openRegistration)
	lost, kept := login(t, w, "alice", "pw", 1), login(t, w, "alice", "pw", 2)
	for range 3 {
		w.sanctioned(w.server.Revoke(t.Context(), &rpc.Sanction{Account: "alice", Device: 1}))
		for range 2 {
			if code := w.resumeOf(kept, 2); code != msgdef.CodeOK {
				t.Fatalf("the other device: %v", code)
			}
			if code := w.resumeOf(lost, 1); code != msgdef.CodeBadCredentials {
				t.Fatalf("the device that was revoked: %v", code)
			}
			login(t, w, "alice", "pw", 1)
			w.restart()
		}
	}
	w.show(kept.Token, 2)
	now := login(t, w, "alice", "pw", 1)
	w.sanctioned(w.server.Revoke(t.Context(), &rpc.Sanction{Account: "alice", Device: 2}))
	if w.resumeOf(now, 1) != msgdef.CodeOK || w.resumeOf(kept, 2) == msgdef.CodeOK {
		t.Error("the other way round it is otherwise")
	}
	future := *now
	future.Generation += 100 // of a store that was rolled back
	if w.resumeOf(&future, 1) == msgdef.CodeOK {
		t.Error("a ticket from the future is taken")
	}
}

// resumeOf tries a ticket of a login.
func (w *world) resumeOf(l *rpc.LoginReply, device uint64) msgdef.ErrorCode {
	_, err := w.server.Resume(context.Background(), &rpc.ResumeRequest{UID: l.UID, Device: device, Generation: l.Generation})
	return rpc.CodeOf(err)
}
