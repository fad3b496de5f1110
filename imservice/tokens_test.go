package imservice

import (
	"bytes"
	"context"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

const day = 24 * time.Hour

func byToken(token []byte, device uint64) *rpc.LoginRequest {
	return &rpc.LoginRequest{Method: msgdef.AuthToken, Secret: token, Device: device, Address: "192.0.2.1:5000"}
}

// show logs in by a token and returns the next one, nil when it goes on.
func (w *world) show(token []byte, device uint64) []byte {
	w.t.Helper()
	r, err := w.server.Login(context.Background(), byToken(token, device))
	w.must(err)
	return r.Token
}

// TestTokenIsExchanged once a day, and only by its device.
func TestTokenIsExchanged(t *testing.T) {
	r := newRegions()
	w := newWorld(t, 0, openRegistration, withRegions(r))
	first := login(t, w, "alice", "pw", 1)
	other := login(t, w, "alice", "pw", 2)
	if next := w.show(first.Token, 1); next != nil {
		t.Fatal("a fresh token was exchanged")
	}
	w.clock.add(day)
	reply, err := w.server.Login(t.Context(), byToken(first.Token, 1))
	w.must(err)
	if len(reply.Token) != 64 || bytes.Equal(reply.Token, first.Token) || reply.TokenExpires != w.clock.now().Add(30*day).UnixMilli() {
		t.Fatalf("exchanged for %+v", reply)
	}
	w.restart()
	wantCode(t, w, byToken(reply.Token, 2), msgdef.CodeBadCredentials)
	if next := w.show(reply.Token, 1); next != nil {
		t.Fatal("the new token was exchanged at once")
	}
	r.register(rpc.Session{UID: first.UID, Device: 1, Generation: reply.Generation})
	r.register(rpc.Session{UID: first.UID, Device: 2, Generation: other.Generation})

	w.clock.add(lateLogin)
	wantCode(t, w, byToken(first.Token, 1), msgdef.CodeTokenReused)
	r.called(1)
	if live, ended, _ := r.sees(); live != 1 || ended != 1 || r.ended[0].Device != 1 || r.ended[0].why.Code != msgdef.CodeTokenReused {
		t.Fatalf("%d sessions live, ended are %+v", live, r.ended)
	}
	wantCode(t, w, byToken(reply.Token, 1), msgdef.CodeBadCredentials)
	wantCode(t, w, byToken(other.Token, 2), msgdef.CodeOK)
	fresh := login(t, w, "alice", "pw", 1)
	if fresh.Generation <= reply.Generation {
		t.Errorf("generation %d after %d", fresh.Generation, reply.Generation)
	}
	if s := w.server.Stats(); s.Rotations != 1 || s.ReusedTokens != 1 { // of device 2; that of device 1 was before the restart
		t.Errorf("stats %+v", s)
	}
}

// TestThiefAndOwner both have a token: whoever of them comes first, not both go
// on.
func TestThiefAndOwner(t *testing.T) {
	for what, thiefFirst := range map[string]bool{"the thief exchanges": true, "the owner exchanges": false} {
		w := newWorld(t, 0, openRegistration)
		stolen := login(t, w, "alice", "pw", 1).Token
		w.clock.add(day)
		winner := w.show(stolen, 1) // of whoever was first
		loser := w.show(stolen, 1)  // the other one, before the first has used it
		if winner == nil || loser == nil || bytes.Equal(winner, loser) {
			t.Fatal(what, "no exchange")
		}
		w.show(winner, 1)
		w.clock.add(time.Hour)
		wantCode(t, w, byToken(loser, 1), msgdef.CodeTokenReused)
		for _, token := range [][]byte{stolen, winner, loser} {
			wantCode(t, w, byToken(token, 1), msgdef.CodeBadCredentials)
		}
		if thiefFirst {
			login(t, w, "alice", "pw", 1) // only the owner can
		}
	}
}

// TestLostAnswers repeats an exchange whose answers are lost.
func TestLostAnswers(t *testing.T) {
	w := newWorld(t, 0, openRegistration)
	token := login(t, w, "alice", "pw", 1).Token
	w.clock.add(day)
	var next []byte
	for range 20 {
		w.clock.add(time.Hour)
		next = w.show(token, 1)
	}
	w.restart()
	if again := w.show(next, 1); again != nil {
		t.Error("exchanged again")
	}
}

// TestLateLogin arrives when its client has given it up and gone on.
func TestLateLogin(t *testing.T) {
	w := newWorld(t, 0, openRegistration)
	token := login(t, w, "alice", "pw", 1).Token
	w.clock.add(day)
	next := w.show(token, 1)
	w.show(next, 1)
	w.clock.add(lateLogin - time.Millisecond)
	wantCode(t, w, byToken(token, 1), msgdef.CodeBusy)
	w.show(next, 1)
	w.clock.add(-time.Minute) // the clock is set back
	w.show(next, 1)
	if n := w.server.Stats().ReusedTokens; n != 0 {
		t.Errorf("%d tokens reused", n)
	}
}

// TestSameTokenAtOnce races logins. Each gets a token that holds, until one is
// used.
func TestSameTokenAtOnce(t *testing.T) {
	w := newWorld(t, 0, openRegistration)
	token := login(t, w, "alice", "pw", 1).Token
	for range 20 {
		w.clock.add(day)
		var mu sync.Mutex
		var got [][]byte
		var racers sync.WaitGroup
		for range maxSuccessors {
			racers.Go(func() {
				r, err := w.server.Login(t.Context(), byToken(token, 1))
				if err != nil || r.Token == nil {
					t.Errorf("%+v, %v", r, err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				got = append(got, r.Token)
			})
		}
		racers.Wait()
		if t.Failed() {
			return
		}
		token = got[0]
		for range 2 { // its first use, at once with a second one
			racers.Go(func() { wantCode(t, w, byToken(token, 1), msgdef.CodeOK) })
		}
		racers.Wait()
		wantCode(t, w, byToken(got[1], 1), msgdef.CodeBusy)
	}
	if s := w.server.Stats(); s.ReusedTokens != 0 || s.Rotations != 20*maxSuccessors {
		t.Errorf("%d reused, %d exchanged", s.ReusedTokens, s.Rotations)
	}
}

// TestExchangeAndPowerCut cuts the power between commit and answer, and before
// the commit: the client goes on with what it has.
func TestExchangeAndPowerCut(t *testing.T) {
	mem := vfs.NewCrashableMem()
	w := &world{t: t, fs: mem, clock: newClock()}
	w.options = Options{Now: w.clock.now, Password: cheap, OpenRegistration: true}
	w.open()
	token := login(t, w, "alice", "pw", 1).Token
	for life := range 8 {
		w.clock.add(day)
		before := mem.CrashClone(vfs.CrashCloneCfg{})
		next := w.show(token, 1)
		after := mem.CrashClone(vfs.CrashCloneCfg{})
		w.close()
		switch mem = after; life % 4 {
		case 1: // the answer is lost
			next = token
		case 2: // nothing was committed
			mem, next = before, token
		}
		w.fs = mem
		w.open()
		if token = w.show(next, 1); token == nil { // it was fresh
			token = next
		}
	}
	if n := w.server.Stats().ReusedTokens; n != 0 {
		t.Errorf("%d tokens reused", n)
	}
	w.close()
}

// puts counts the families that are written.
type puts struct {
	store.Store
	n int
}

func (p *puts) PutFamily(f store.Family, limit int, now time.Time) error {
	p.n++
	return p.Store.PutFamily(f, limit, now)
}

// TestLoginsThatWriteNothing are those by a token that goes on.
func TestLoginsThatWriteNothing(t *testing.T) {
	w := newWorld(t, 0, openRegistration)
	w.must(w.server.Close(t.Context()))
	counted := &puts{Store: w.store}
	w.options.Store = counted
	w.serve()
	token := login(t, w, "alice", "pw", 1).Token
	for range 5 {
		w.show(token, 1)
	}
	w.clock.add(day)
	next := w.show(token, 1)
	for range 5 {
		w.show(next, 1)
	}
	if counted.n != 3 {
		t.Errorf("%d families written, want one each for the login, the exchange and its first use", counted.n)
	}
}

// TestExchangeWithAFullStore keeps people in.
func TestExchangeWithAFullStore(t *testing.T) {
	w := newWorld(t, 0, openRegistration)
	w.must(w.server.Close(t.Context()))
	w.options.Store = fullStore{w.store}
	token := func() []byte { w.serve(); return login(t, w, "alice", "pw", 1).Token }
	if got := token(); got != nil {
		t.Fatalf("a token of a full store: %x", got)
	}
	w.must(w.server.Close(t.Context()))
	w.options.Store = w.store
	kept := token()
	w.must(w.server.Close(t.Context()))
	w.options.Store = fullStore{w.store}
	w.serve()
	w.clock.add(2 * day)
	if next := w.show(kept, 1); next != nil {
		t.Errorf("exchanged for %x, which is not kept", next)
	}
}

// fullStore takes no tokens.
type fullStore struct{ store.Store }

func (fullStore) PutFamily(store.Family, int, time.Time) error { return store.ErrFull }
