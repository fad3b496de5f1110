package imservice

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/contracttest"
	"github.com/sim-im/sim/msgdef/rpc/kitex/kitextest"
	"github.com/sim-im/sim/msgdef/rpc/loopback"
)

// TestModeration checks what operators rely on.
func TestModeration(t *testing.T) {
	for name, view := range map[string]func(testing.TB, *Server) rpc.Moderation{
		"direct":   func(_ testing.TB, s *Server) rpc.Moderation { return s },
		"loopback": func(_ testing.TB, s *Server) rpc.Moderation { return loopback.Moderation(s) },
		"kitex":    func(t testing.TB, s *Server) rpc.Moderation { return kitextest.Moderation(t, s) },
	} {
		t.Run(name, func(t *testing.T) {
			contracttest.Moderation(t, func(t testing.TB) contracttest.ModerationParts {
				s := contractServer(t)
				return contracttest.ModerationParts{Service: s, Moderation: view(t, s)}
			})
		})
	}
}

// of names an account in a sanction.
func of(name string) *rpc.Sanction { return &rpc.Sanction{Account: name} }

// sanctioned unwraps a sanction that must not fail.
func (w *world) sanctioned(s *rpc.AccountState, err error) *rpc.AccountState {
	w.t.Helper()
	w.must(err)
	return s
}

// resume tries a ticket of a generation.
func (w *world) resume(uid, device, generation uint64) msgdef.ErrorCode {
	w.t.Helper()
	r, err := w.server.Resume(context.Background(), &rpc.ResumeRequest{UID: uid, Device: device, Generation: generation})
	if err == nil && (r.UID != uid || r.Generation != generation || len(r.Token) != 0) {
		w.t.Errorf("resumed as %+v", r)
	}
	return rpc.CodeOf(err)
}

// TestBanUntil ends by itself; with it nothing that was proven before is lost.
func TestBanUntil(t *testing.T) {
	w := newWorld(t, 0, openRegistration)
	alice := login(t, w, "alice", "pw", 1)
	until := w.clock.now().Add(time.Hour)
	w.sanctioned(w.server.Ban(t.Context(), &rpc.Sanction{Account: "alice", Until: until.UnixMilli(), Reason: strings.Repeat("ä", 128)}))
	w.restart()
	for _, req := range []*rpc.LoginRequest{byPassword("alice", "pw", 1), byToken(alice.Token, 1)} {
		_, err := w.server.Login(t.Context(), req)
		var e *rpc.Error
		if e, _ = err.(*rpc.Error); e == nil || e.Code != msgdef.CodeBanned {
			t.Fatalf("login of somebody banned: %v", err)
		}
		if !strings.HasSuffix(e.Detail, until.UTC().Format(", until 2006-01-02 15:04 UTC")) || len(e.Detail) > 256 || strings.ContainsRune(e.Detail, '\ufffd') {
			t.Errorf("told %q", e.Detail)
		}
	}
	wantCode(t, w, byPassword("alice", "guess", 1), msgdef.CodeBadCredentials) // only who knows the password is told
	if code := w.resume(alice.UID, 1, alice.Generation); code != msgdef.CodeBadCredentials {
		t.Errorf("resumed while banned: %v", code)
	}
	w.clock.add(time.Hour)
	if s := w.sanctioned(w.server.Inspect(t.Context(), of("alice"))); s.Banned || s.Reason != "" {
		t.Errorf("after the ban: %+v", s)
	}
	w.show(alice.Token, 1)
	if code := w.resumeOf(alice, 1); code != msgdef.CodeOK {
		t.Errorf("resumed with a ticket from before the ban: %v", code)
	}
	if n := w.server.Stats().BannedLogins; n != 2 {
		t.Errorf("%d logins of banned accounts", n)
	}
}

// TestSanctionsEndSessions of whom they are about, with their code.
func TestSanctionsEndSessions(t *testing.T) {
	for what, test := range map[string]struct {
		do    func(*Server, context.Context) (*rpc.AccountState, error)
		code  msgdef.ErrorCode
		ended int
		again bool // device 2 may resume
	}{
		"ban":        {func(s *Server, c context.Context) (*rpc.AccountState, error) { return s.Ban(c, of("alice")) }, msgdef.CodeBanned, 2, false},
		"revoke all": {func(s *Server, c context.Context) (*rpc.AccountState, error) { return s.Revoke(c, of("alice")) }, msgdef.CodeRevoked, 2, false},
		"revoke one": {func(s *Server, c context.Context) (*rpc.AccountState, error) {
			return s.Revoke(c, &rpc.Sanction{Account: "alice", Device: 1})
		}, msgdef.CodeRevoked, 1, true},
		"remove": {func(s *Server, c context.Context) (*rpc.AccountState, error) { return s.Remove(c, of("alice")) }, msgdef.CodeDeleted, 2, false},
	} {
		r := newRegions()
		w := newWorld(t, 0, openRegistration, withRegions(r))
		var tokens [3][]byte
		for device := uint64(1); device <= 2; device++ {
			l := login(t, w, "alice", "pw", device)
			tokens[device] = l.Token
			r.register(rpc.Session{UID: l.UID, Device: device, Generation: l.Generation})
			w.push(l.UID, device)
		}
		bob := login(t, w, "bob", "pw", 1)
		r.register(rpc.Session{UID: bob.UID, Device: 1, Generation: bob.Generation})
		w.sanctioned(test.do(w.server, t.Context()))
		r.called(1)
		if live, ended, _ := r.sees(); ended != test.ended || live != 3-ended || r.ended[0].why.Code != test.code {
			t.Errorf("%s: %d live, ended are %+v", what, live, r.ended)
		}
		left, err := w.store.PushTokensOf(1)
		w.must(err)
		if len(left) != 2-test.ended {
			t.Errorf("%s: push tokens %+v are left", what, left)
		}
		eventually(func() bool { return w.server.Stats().PushTokens == len(left) }) // a deletion drops them besides
		if _, err := w.server.Login(t.Context(), byToken(tokens[2], 2)); (err == nil) != test.again {
			t.Errorf("%s: token of device 2: %v", what, err)
		}
	}
}

// TestRemovedName is nobody's from then on.
func TestRemovedName(t *testing.T) {
	w := newWorld(t, 0, openRegistration)
	alice := login(t, w, "alice", "pw", 1)
	look := func(want string) {
		t.Helper()
		found, err := w.server.Lookup(t.Context(), &rpc.LookupRequest{Names: []string{"alice"}, UIDs: []uint64{alice.UID}})
		w.must(err)
		if got := fmt.Sprint(found.Users); got != want {
			t.Errorf("found %v, want %v", got, want)
		}
	}
	look("[{1 alice} {1 alice}]")
	w.sanctioned(w.server.Remove(t.Context(), of("alice")))
	for range 2 {
		look("[{1 alice}]") // for those who have messages
		for _, password := range []string{"pw", "", "another"} {
			wantCode(t, w, byPassword("alice", password, 1), msgdef.CodeBadCredentials)
		}
		a, err := w.store.AccountByName("alice")
		w.must(err)
		if a.Password != "" {
			t.Error("its password is kept")
		}
		w.restart()
	}
	if s := w.sanctioned(w.server.Ban(t.Context(), of("alice"))); !s.Removed || s.Banned {
		t.Errorf("banned: %+v", s)
	}
}

// TestVerdictAgainstLogins judges accounts while they log in by token, exchange
// and all. What a login was given before the verdict is worth nothing after it.
func TestVerdictAgainstLogins(t *testing.T) {
	w := newWorld(t, 0, openRegistration)
	for round := range 30 {
		name := fmt.Sprint("user", round)
		token := login(t, w, name, "pw", 1).Token
		w.clock.add(day)
		var mu sync.Mutex
		all := [][]byte{token}
		var racers sync.WaitGroup
		for range 3 {
			racers.Go(func() {
				r, err := w.server.Login(t.Context(), byToken(token, 1))
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					all = append(all, r.Token)
				}
			})
		}
		racers.Go(func() {
			_, err := w.server.Revoke(t.Context(), of(name))
			w.must(err)
		})
		racers.Wait()
		for _, token := range all {
			wantCode(t, w, byToken(token, 1), msgdef.CodeBadCredentials)
		}
	}
}

// TestSanctionsSurviveAPowerCut that comes when the answer is there, with the
// evictions that are left to do.
func TestSanctionsSurviveAPowerCut(t *testing.T) {
	mem := vfs.NewCrashableMem()
	r := newRegions()
	r.breakDown(errFar)
	w := &world{t: t, fs: mem, clock: newClock()}
	w.options = Options{Now: w.clock.now, Password: cheap, OpenRegistration: true, Evictor: r}
	w.open()
	alice := login(t, w, "alice", "pw", 1)
	r.register(rpc.Session{UID: alice.UID, Device: 1, Generation: alice.Generation})
	w.sanctioned(w.server.Ban(t.Context(), of("alice")))
	w.fs = mem.CrashClone(vfs.CrashCloneCfg{})
	w.close()

	r.breakDown(nil)
	w.open()
	defer w.close()
	eventually(func() bool { live, _, _ := r.sees(); return live == 0 })
	wantCode(t, w, byToken(alice.Token, 1), msgdef.CodeBanned)
}
