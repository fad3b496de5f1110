package imservice

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/sim-im/sim/imservice/store/postgres/postgrestest"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// tell has gate g tell of sessions.
func (w *world) tell(life uint64, items ...rpc.SignedIn) {
	w.t.Helper()
	w.must(w.server.KeepSignIns(context.Background(), &rpc.SignInBatch{Gate: "g", Life: life, Items: items}))
}

// began is a session of a user that began now.
func (w *world) began(uid, conn, life uint64) rpc.SignedIn {
	return rpc.SignedIn{UID: uid, Device: 1, Conn: conn, Life: life, Began: w.clock.now().UnixMilli(), Address: "192.0.2.1"}
}

// signInEnds returns how a user's sessions ended, newest first, and when.
func (w *world) signInEnds(uid uint64) (ends []msgdef.SessionEnd, at []int64) {
	w.t.Helper()
	reply, err := w.server.SignIns(context.Background(), &rpc.SignInsQuery{UID: uid, Limit: 100})
	w.must(err)
	for _, in := range reply.List {
		ends, at = append(ends, in.End), append(at, in.Ended)
	}
	return ends, at
}

// TestSignInOfLostGate ends the sessions of a gate that died: when its next process
// tells of itself, or when nothing is heard for too long. One that was only cut off
// takes that back.
func TestSignInOfLostGate(t *testing.T) {
	w := newWorld(t, 1)
	open := w.began(1, 1, 10)
	w.tell(10, open)
	check := func(what string, end msgdef.SessionEnd, at int64) {
		t.Helper()
		if ends, when := w.signInEnds(1); len(ends) != 1 || ends[0] != end || when[0] != at {
			t.Errorf("%s: %v at %v, want %v at %d", what, ends, when, end, at)
		}
	}
	check("while the gate is heard of", msgdef.EndNone, 0)
	w.clock.add(time.Minute)
	w.tell(10)
	heard := w.clock.now().UnixMilli()
	w.clock.add(gateSilence + time.Second)
	check("silent", msgdef.EndGateLost, heard)
	w.tell(10)
	heard = w.clock.now().UnixMilli()
	check("back", msgdef.EndNone, 0)
	w.clock.add(time.Second)
	w.tell(11)
	w.restart()
	check("another process", msgdef.EndGateLost, heard)
	open.Life = 11
	w.tell(11, open)
	check("told of again in the next life", msgdef.EndNone, 0)
	late := open
	late.Life, late.Ended, late.End = 10, heard, msgdef.EndIdle
	w.tell(12, late)
	check("its end came late", msgdef.EndIdle, heard)
	w.tell(12, open)
	check("and its beginning later", msgdef.EndIdle, heard)
}

// TestSignInsAreDropped keeps what is young and not too much, and nothing of an
// account that was removed.
func TestSignInsAreDropped(t *testing.T) {
	w := newWorld(t, 0, openRegistration, func(o *Options) { o.Limits.SignInsPerUser = 3 })
	alice, bob := login(t, w, "alice", "pw", 1).UID, login(t, w, "bob", "pw", 1).UID
	w.tell(1, w.began(alice, 1, 1), w.began(bob, 2, 1))
	w.clock.add(31 * day)
	for conn := range uint64(5) {
		w.tell(1, w.began(bob, 10+conn, 1))
	}
	w.sweep()
	if ends, _ := w.signInEnds(alice); len(ends) != 0 {
		t.Errorf("%d of 31 days ago are left", len(ends))
	}
	if ends, _ := w.signInEnds(bob); len(ends) != 3 {
		t.Errorf("%d are left, want 3", len(ends))
	}
	w.sanctioned(w.server.Remove(context.Background(), of("bob")))
	w.sweep()
	if ends, _ := w.signInEnds(bob); len(ends) != 0 {
		t.Errorf("%d of a removed account are left", len(ends))
	}
}

// TestSignInPages pages through sessions of which some of several gates have the same
// time and connection: none is lost or comes twice, for pages of any length. Clients that
// do not say of which gate the last one was lose none either while a page holds all of
// one time and connection.
func TestSignInPages(t *testing.T) {
	w := newWorld(t, 1)
	random := rand.New(rand.NewPCG(7, 7))
	const mostGates = 3
	n := 0
	for time := range int64(8) {
		for conn := range uint64(2) {
			for _, gate := range []string{"a", "ab", "b"}[:random.IntN(mostGates+1)] {
				it := rpc.SignedIn{UID: 1, Device: 1, Conn: conn + 1, Life: 1, Began: 1000 + time, Ended: 2000, End: msgdef.EndIdle}
				w.must(w.server.KeepSignIns(context.Background(), &rpc.SignInBatch{Gate: gate, Life: 1, Items: []rpc.SignedIn{it}}))
				n++
			}
		}
	}
	for limit := uint16(1); limit < 12; limit++ {
		for _, old := range []bool{false, true} {
			if old && limit < mostGates {
				continue
			}
			seen := map[msgdef.SignIn]bool{}
			for query := (rpc.SignInsQuery{UID: 1, Limit: limit}); ; {
				reply, err := w.server.SignIns(context.Background(), &query)
				w.must(err)
				for _, in := range reply.List {
					if seen[in] {
						t.Errorf("pages of %d, old: %v: %+v comes twice", limit, old, in)
					}
					seen[in] = true
					query.Before, query.Conn = in.Began, in.Conn
					if !old {
						query.Gate = in.Gate
					}
				}
				if len(reply.List) > int(limit) || len(reply.List) == 0 && reply.More {
					t.Fatalf("pages of %d, old: %v: %d, more: %v", limit, old, len(reply.List), reply.More)
				}
				if !reply.More {
					break
				}
			}
			if len(seen) != n {
				t.Errorf("pages of %d, old: %v: %d sessions, want %d", limit, old, len(seen), n)
			}
		}
	}
}

// TestSignInsOf is for operators: by name, and of nobody nothing.
func TestSignInsOf(t *testing.T) {
	w := newWorld(t, 0, openRegistration)
	alice := login(t, w, "alice", "pw", 1).UID
	w.tell(1, w.began(alice, 1, 1))
	reply, err := w.server.SignInsOf(context.Background(), &rpc.SignInsQuery{Account: "alice"})
	if err != nil || reply.UID != alice || len(reply.List) != 1 {
		t.Errorf("%+v, %v", reply, err)
	}
	if _, err := w.server.SignInsOf(context.Background(), &rpc.SignInsQuery{Account: "mallory"}); rpc.CodeOf(err) != msgdef.CodeUnknownUser {
		t.Errorf("of nobody: %v", err)
	}
}

// TestSignInsOverPowerCuts cuts the power while gates tell of sessions: all that was
// taken is there, once, and nothing that nobody told.
func TestSignInsOverPowerCuts(t *testing.T) {
	mem := vfs.NewCrashableMem()
	w := &world{t: t, fs: mem, clock: newClock()}
	w.options = Options{Now: w.clock.now, Password: cheap, Media: signer()}
	w.open()
	defer func() { w.close() }()
	_, err := w.store.CreateAccount("u1", "", w.clock.now())
	w.must(err)
	random := rand.New(rand.NewPCG(1, 3))
	const n = 40
	for conn := range uint64(n) {
		w.clock.add(time.Second)
		in := w.began(1, conn+1, 1)
		w.tell(1, in)
		if conn%2 == 0 {
			in.Ended, in.End = w.clock.now().UnixMilli(), msgdef.EndIdle
			w.tell(1, in)
		}
		if conn%4 == 3 {
			mem = mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: random.IntN(101), RNG: random})
			w.close()
			w.fs = mem
			w.open()
		}
	}
	ends, _ := w.signInEnds(1)
	if len(ends) != n {
		t.Fatalf("%d sessions, want %d", len(ends), n)
	}
	for i, end := range ends { // newest first, and the newest has not ended
		if want := []msgdef.SessionEnd{msgdef.EndNone, msgdef.EndIdle}[i%2]; end != want {
			t.Errorf("session %d ended with %v, want %v", n-i, end, want)
		}
	}
}

// TestSignInsOfTwoServices tells one service how sessions begin and another how they
// end, both twice and at once: whichever comes first, both services know the end.
func TestSignInsOfTwoServices(t *testing.T) {
	s := newServices(t, postgrestest.Database(t), 1)
	began := time.Now().UnixMilli()
	tell := func(at int, it rpc.SignedIn) {
		batch := &rpc.SignInBatch{Gate: "g", Life: 1, Items: []rpc.SignedIn{it, it}}
		for range 2 {
			if err := s.servers[at].KeepSignIns(context.Background(), batch); err != nil {
				t.Error(err)
			}
		}
	}
	const n = 30
	var gates sync.WaitGroup
	for conn := range uint64(n) {
		in := rpc.SignedIn{UID: s.users[0], Device: 1, Conn: conn + 1, Life: 1, Began: began + int64(conn), Address: "192.0.2.1"}
		gates.Go(func() { tell(0, in) })
		end := in
		end.Ended, end.End = began+1000, msgdef.EndIdle
		gates.Go(func() { tell(1, end) })
	}
	gates.Wait()
	for i, server := range s.servers {
		reply, err := server.SignIns(context.Background(), &rpc.SignInsQuery{UID: s.users[0], Limit: 100})
		s.must(err)
		if len(reply.List) != n {
			t.Errorf("service %d knows %d sessions, want %d", i, len(reply.List), n)
		}
		for _, in := range reply.List {
			if in.Ended != began+1000 || in.End != msgdef.EndIdle {
				t.Errorf("service %d: session %d ended with %v at %d", i, in.Conn, in.End, in.Ended)
			}
		}
	}
}
