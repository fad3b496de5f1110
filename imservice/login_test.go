package imservice

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

func byPassword(name, password string, device uint64) *rpc.LoginRequest {
	return &rpc.LoginRequest{
		Method: msgdef.AuthPassword, Account: name, Secret: []byte(password), Device: device, Address: "192.0.2.1:5000",
	}
}

func login(t *testing.T, w *world, name, password string, device uint64) *rpc.LoginReply {
	t.Helper()
	r, err := w.server.Login(context.Background(), byPassword(name, password, device))
	w.must(err)
	return r
}

func wantCode(t *testing.T, w *world, req *rpc.LoginRequest, want msgdef.ErrorCode) {
	t.Helper()
	r, err := w.server.Login(context.Background(), req)
	if rpc.CodeOf(err) != want || (err != nil) != (r == nil) {
		t.Fatalf("login of %q: %+v, %v; want %v", req.Account, r, err, want)
	}
}

func openRegistration(o *Options) { o.OpenRegistration = true }

func TestRegistration(t *testing.T) {
	w := newWorld(t, 0, openRegistration, func(o *Options) {
		o.Exempt = func(name string) bool { return name == "bench" }
		o.Limits.MinPassword = 2
	})
	alice := login(t, w, "alice", "secret", 1)
	if alice.UID == 0 || alice.Account != "alice" || len(alice.Token) != 64 || alice.Exempt || alice.Cursor != 0 {
		t.Fatalf("reply %+v", alice)
	}
	if want := w.clock.now().Add(30 * 24 * time.Hour).UnixMilli(); alice.TokenExpires != want {
		t.Fatalf("token until %d, want %d", alice.TokenExpires, want)
	}
	if again := login(t, w, "alice", "secret", 2); again.UID != alice.UID || bytes.Equal(again.Token, alice.Token) {
		t.Fatalf("second login %+v", again)
	}
	if !login(t, w, "bench", "pw", 1).Exempt {
		t.Fatal("bench is not exempt")
	}
	wantCode(t, w, byPassword("alice", "Secret", 1), msgdef.CodeBadCredentials)
	wantCode(t, w, byPassword("carol", "x", 1), msgdef.CodeBadCredentials)
	wantCode(t, w, byPassword("alice", "", 1), msgdef.CodeBadCredentials)
	wantCode(t, w, byPassword("alice", strings.Repeat("x", 1025), 1), msgdef.CodeBadCredentials)
	wantCode(t, w, byPassword("alice", "secret", 0), msgdef.CodeBadDevice)
	w.restart()
	if r := login(t, w, "alice", "secret", 1); r.UID != alice.UID {
		t.Fatalf("after a restart %+v", r)
	}
}

func TestClosedRegistration(t *testing.T) {
	w := newWorld(t, 0, openRegistration)
	login(t, w, "alice", "secret", 1)
	w.options.OpenRegistration = false
	w.restart()
	login(t, w, "alice", "secret", 1)
	before := w.server.Stats().Hashes
	wantCode(t, w, byPassword("alice", "wrong", 1), msgdef.CodeBadCredentials)
	wantCode(t, w, byPassword("nobody", "wrong", 1), msgdef.CodeBadCredentials)
	if n := w.server.Stats().Hashes - before; n != 2 {
		t.Fatalf("%d hashes for a known and an unknown account, want one each", n)
	}
}

// Many first logins of one name make one account; the others have to know its
// password.
func TestRegistrationRace(t *testing.T) {
	w := newWorld(t, 0, openRegistration, func(o *Options) { o.Limits.HashesAtOnce = 8 })
	var mu sync.Mutex
	var wg sync.WaitGroup
	uids := map[uint64]bool{}
	for i := range 8 {
		wg.Go(func() {
			r, err := w.server.Login(context.Background(), byPassword("alice", "same", uint64(i+1)))
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			uids[r.UID] = true
		})
	}
	wg.Wait()
	if len(uids) != 1 || w.server.Stats().Registrations != 1 {
		t.Fatalf("accounts %v, %d registrations", uids, w.server.Stats().Registrations)
	}
}

func TestAccountNames(t *testing.T) {
	for name, ok := range map[string]bool{
		"a": true, "alice.b-c_9": true, "李雷": true, "émile": true, strings.Repeat("x", 64): true, ":q": true,
		"": false, strings.Repeat("x", 65): false, "a b": false, "a\n": false, "a;b": false, "\xff": false,
		"a\u00a0b": false, "a\u200b": false, "\u202eecila": false, "a\x00": false, "\ufffd": false, "a\u2028": false,
	} {
		if got := checkName(name) == nil; got != ok {
			t.Errorf("%q is a name: %v, want %v", name, got, ok)
		}
	}
	w := newWorld(t, 0, openRegistration)
	_, err := w.server.Login(context.Background(), byPassword("a b", "x", 1))
	if rpc.CodeOf(err) != msgdef.CodeBadAccount || !strings.Contains(err.Error(), "1 to 64 bytes") {
		t.Fatalf("error %v does not say what is right", err)
	}
}

func TestTokens(t *testing.T) {
	w := newWorld(t, 0, openRegistration, func(o *Options) {
		o.Limits.TokensPerUser, o.Limits.TokenRotation = 2, time.Hour*24*365
	})
	first := login(t, w, "alice", "pw", 1)
	login(t, w, "bob", "pw", 1)
	byToken := func(token []byte, name string) *rpc.LoginRequest {
		return &rpc.LoginRequest{Method: msgdef.AuthToken, Account: name, Secret: token, Device: 1}
	}
	w.restart()
	for _, name := range []string{"", "alice"} {
		r, err := w.server.Login(context.Background(), byToken(first.Token, name))
		w.must(err)
		if r.UID != first.UID || r.Account != "alice" || len(r.Token) != 0 || r.TokenExpires != first.TokenExpires {
			t.Fatalf("reply %+v", r)
		}
	}
	flipped := bytes.Clone(first.Token)
	flipped[31] ^= 1
	wantCode(t, w, byToken(first.Token, "bob"), msgdef.CodeBadCredentials)
	wantCode(t, w, byToken(flipped, ""), msgdef.CodeBadCredentials)
	wantCode(t, w, byToken(first.Token[:31], ""), msgdef.CodeBadCredentials)
	wantCode(t, w, byToken(nil, ""), msgdef.CodeBadCredentials)
	wantCode(t, w, &rpc.LoginRequest{Method: 9, Device: 1}, msgdef.CodeBadCredentials)

	w.clock.add(30*24*time.Hour - time.Millisecond)
	wantCode(t, w, byToken(first.Token, ""), msgdef.CodeOK)
	w.clock.add(time.Millisecond)
	wantCode(t, w, byToken(first.Token, ""), msgdef.CodeTokenExpired)

	var logins []*rpc.LoginRequest
	for device := range uint64(3) {
		logins = append(logins, byToken(login(t, w, "alice", "pw", device+2).Token, ""))
		logins[device].Device = device + 2
		w.clock.add(time.Second)
	}
	wantCode(t, w, logins[0], msgdef.CodeBadCredentials) // above the bound
	wantCode(t, w, logins[1], msgdef.CodeOK)
	wantCode(t, w, logins[2], msgdef.CodeOK)
}

func TestWrongPasswordsPerAccount(t *testing.T) {
	w := newWorld(t, 0, openRegistration, func(o *Options) { o.Limits.FailuresPerAccount = 3 })
	login(t, w, "alice", "pw", 1)
	for i := range 3 {
		req := byPassword("alice", "guess", 1)
		req.Address = fmt.Sprintf("192.0.2.%d", i)
		wantCode(t, w, req, msgdef.CodeBadCredentials)
	}
	before := w.server.Stats().Hashes
	wantCode(t, w, byPassword("alice", "pw", 1), msgdef.CodeBusy)
	var busy *rpc.Error
	if _, err := w.server.Login(t.Context(), byPassword("alice", "pw", 1)); !errors.As(err, &busy) || busy.Retry < 1000 {
		t.Errorf("a throttled login is told to come back in %d ms, want a second or more: %v", busy.Retry, err)
	}
	if w.server.Stats().Hashes != before {
		t.Error("a throttled login was hashed")
	}
	login(t, w, "bob", "pw", 1)
	w.clock.add(20 * time.Second)
	login(t, w, "alice", "pw", 1)
	login(t, w, "alice", "pw", 1) // right ones do not count
}

func TestWrongPasswordsPerAddress(t *testing.T) {
	w := newWorld(t, 0, func(o *Options) { o.Limits.FailuresPerAddress = 3 })
	guess := func(i int, address string) *rpc.LoginRequest {
		req := byPassword(fmt.Sprintf("user%d", i), "guess", 1)
		req.Address = address
		return req
	}
	for i := range 3 {
		wantCode(t, w, guess(i, fmt.Sprintf("[2001:db8::%d]:%d", i, 1000+i)), msgdef.CodeBadCredentials)
	}
	wantCode(t, w, guess(9, "[2001:db8::9]:1000"), msgdef.CodeBusy)
	wantCode(t, w, guess(9, "[2001:db8:0:1::9]:1000"), msgdef.CodeBadCredentials)
	w.clock.add(time.Minute)
	wantCode(t, w, guess(9, "[2001:db8::9]:1000"), msgdef.CodeBadCredentials)
}

func TestHashesAreBounded(t *testing.T) {
	w := newWorld(t, 0, openRegistration, func(o *Options) { o.Limits.HashesAtOnce, o.Limits.HashesWaiting = 1, 1 })
	h := w.server.logins.hasher
	w.must(h.turns.take(context.Background(), rankKnown))
	ctx, cancel := context.WithCancel(context.Background())
	waited := make(chan error)
	go func() {
		_, err := w.server.Login(ctx, byPassword("alice", "pw", 1))
		waited <- err
	}()
	for h.turns.queued() == 0 {
		time.Sleep(time.Millisecond)
	}
	bob := byPassword("bob", "pw", 1)
	bob.Address = "192.0.2.2"
	wantCode(t, w, bob, msgdef.CodeBusy)
	cancel()
	if err := <-waited; rpc.CodeOf(err) != msgdef.CodeTimeout {
		t.Fatalf("a login that was given up: %v", err)
	}
	h.turns.done()
	login(t, w, "bob", "pw", 1)
}

func TestLookup(t *testing.T) {
	w := newWorld(t, 0, openRegistration, func(o *Options) { o.Limits.CachedAccounts = 1 })
	ask := func() string {
		r, err := w.server.Lookup(context.Background(), &rpc.LookupRequest{
			Names: []string{"bob", "nobody", "a;b", "alice"}, UIDs: []uint64{2, 0, 99, 1},
		})
		w.must(err)
		return fmt.Sprint(r.Users)
	}
	if got := ask(); got != "[]" {
		t.Fatal(got)
	}
	login(t, w, "alice", "pw", 1)
	login(t, w, "bob", "pw", 1)
	for range 3 {
		if got := ask(); got != "[{2 bob} {1 alice} {2 bob} {1 alice}]" {
			t.Fatal(got)
		}
	}
}
