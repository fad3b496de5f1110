package route_test

import (
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/route"
)

// banned is the eviction of user 1 from all devices.
func banned() *rpc.Evictions {
	return &rpc.Evictions{Items: []rpc.Eviction{{UID: 1, Code: msgdef.CodeBanned, Detail: "spam", Generation: 2}}}
}

// evict asks every route, as callers do until one has done it, and returns who
// that was.
func (r *region) evict(t *testing.T) (by []string) {
	t.Helper()
	for name, s := range r.routes {
		switch err := s.Evict(t.Context(), banned()); {
		case err == nil:
			by = append(by, name)
		case rpc.CodeOf(err) != msgdef.CodeUnavailable:
			t.Errorf("%s: %v", name, err)
		}
	}
	return by
}

// beat has all routes hear that the gates live.
func (r *region) beat(t *testing.T) {
	t.Helper()
	for gate, seq := range r.seq {
		for name, s := range r.routes {
			if _, err := s.Update(t.Context(), &rpc.RosterUpdate{Gate: gate, Epoch: 1, Seq: seq}); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// TestOneEvicts has the master tell gates, and nobody else, until they say that
// the sessions are over.
func TestOneEvicts(t *testing.T) {
	newRegion(t, []string{"a", "b", "c"}, func(t *testing.T, r *region) {
		r.update(t, "g", []rpc.Session{login(1, 10, 10), {UID: 2, Device: 1, Conn: 11}}, nil)
		r.update(t, "h", []rpc.Session{login(2, 20, 20)}, nil)
		for range 2 {
			if by := r.evict(t); !reflect.DeepEqual(by, []string{"a"}) {
				t.Errorf("evicted by %v", by)
			}
			r.kicks(t, "g", map[uint64][]uint64{1: {10}})
			r.kicks(t, "h", map[uint64][]uint64{1: {20}})
		}
		r.update(t, "g", nil, []rpc.Session{login(1, 10, 0)})
		r.evict(t)
		r.kicks(t, "g", nil)
		r.kicks(t, "h", map[uint64][]uint64{1: {20}})
		stats := r.routes["a"].Stats()
		if want := map[msgdef.ErrorCode]uint64{msgdef.CodeBanned: 2}; !reflect.DeepEqual(stats.Evicted, want) {
			t.Errorf("evicted %v, want %v", stats.Evicted, want)
		}
	})
}

// TestEvictionBetweenMasters is refused by all when nobody is master, and done
// by the next one, under its term.
func TestEvictionBetweenMasters(t *testing.T) {
	newRegion(t, []string{"a", "b"}, func(t *testing.T, r *region) {
		r.update(t, "g", []rpc.Session{login(1, 10, 10)}, nil)
		r.leases.partition("a", "b")
		time.Sleep(5 * time.Second)
		if by := r.evict(t); by != nil {
			t.Errorf("evicted by %v without a master", by)
		}
		r.kicks(t, "g", nil)
		r.leases.partition("a")
		time.Sleep(8 * time.Second)
		r.beat(t)
		if by := r.evict(t); !reflect.DeepEqual(by, []string{"b"}) {
			t.Errorf("evicted by %v", by)
		}
		r.kicks(t, "g", map[uint64][]uint64{2: {10}})
	})
}

// TestEvictionByDeposed comes to a master that does not know of its successor:
// gates refuse it, and it is none any more.
func TestEvictionByDeposed(t *testing.T) {
	newRegion(t, nil, func(t *testing.T, r *region) {
		paused := time.Now()
		old := r.start(t, "old", route.Options{Now: func() time.Time { return paused }})
		synctest.Wait()
		r.leases.partition("old")
		time.Sleep(7 * time.Second)
		r.start(t, "next", route.Options{})
		synctest.Wait()
		r.update(t, "g", []rpc.Session{login(1, 10, 10)}, nil)
		if _, master := old.Master(); !master {
			t.Fatal("its clock has not moved, and it is no master")
		}
		_ = old.Evict(t.Context(), banned()) // may say that it is done: calls may be lost as well
		r.kicks(t, "g", nil)
		if _, master := old.Master(); master || r.gates["g"].refused != 1 {
			t.Errorf("master %v, %d calls refused", master, r.gates["g"].refused)
		}
		if by := r.evict(t); !reflect.DeepEqual(by, []string{"next"}) {
			t.Errorf("evicted by %v", by)
		}
		r.kicks(t, "g", map[uint64][]uint64{2: {10}})
	})
}

// TestEvictionIncomplete ends what is known, and says that there may be more.
func TestEvictionIncomplete(t *testing.T) {
	s := newRoute(t, route.Options{Registry: new(directory)})
	g := new(countingGate)
	s.AttachGate("g", 1, g)
	s.Lives([]string{"g", "h"})
	wants(t, s, part(1, true, true, user(1)), 2)
	if err := s.Evict(t.Context(), banned()); rpc.CodeOf(err) != msgdef.CodeUnavailable {
		t.Errorf("%v", err)
	}
	if n := g.kicks.Load(); n != 1 {
		t.Errorf("%d kicks", n)
	}
	s.Lives([]string{"g"})
	if err := s.Evict(t.Context(), banned()); err != nil {
		t.Error(err)
	}
}

// TestEvictMany ends a user with very many devices, and very many users, in as
// few calls as batches hold.
func TestEvictMany(t *testing.T) {
	const devices, users = 1000, 60
	s := newRoute(t, route.Options{Devices: devices})
	g := new(countingGate)
	s.AttachGate("g", 1, g)
	var batch rpc.Evictions
	for uid := range uint64(users) {
		var items []rpc.Session
		for d := range uint64(devices) {
			items = append(items, rpc.Session{UID: uid + 1, Device: d + 1, Conn: uid*devices + d})
		}
		if err := s.Register(t.Context(), sessions(items...)); err != nil {
			t.Fatal(err)
		}
		batch.Items = append(batch.Items, rpc.Eviction{UID: uid + 1, Code: msgdef.CodeDeleted})
	}
	for _, step := range []struct {
		batch        rpc.Evictions
		kicks, calls int64
	}{
		{rpc.Evictions{Items: batch.Items[:1]}, devices, 1},
		{batch, users * devices, 24}, // whenever there are more than 4096, in two calls
	} {
		kicks, calls := g.kicks.Load(), g.calls.Load()
		if err := s.Evict(t.Context(), &step.batch); err != nil {
			t.Fatal(err)
		}
		if k, c := g.kicks.Load()-kicks, g.calls.Load()-calls; k != step.kicks || c != step.calls {
			t.Errorf("%d kicks in %d calls, want %d in %d", k, c, step.kicks, step.calls)
		}
	}
	if n := s.Stats().Evicted[msgdef.CodeDeleted]; n != users*devices {
		t.Errorf("%d counted", n)
	}
}

// TestLateSession registers sessions after their user was evicted: a login that
// was under way, and those of a gate that was stopped and gone. Who was judged
// before has to go at once, and who logged in anew stays.
func TestLateSession(t *testing.T) {
	newRegion(t, []string{"a", "b"}, func(t *testing.T, r *region) {
		items := banned()
		items.Items = append(items.Items, rpc.Eviction{UID: 2, Device: 3, Code: msgdef.CodeRevoked, Generation: 9})
		if err := r.routes["a"].Evict(t.Context(), items); err != nil {
			t.Fatal(err)
		}
		old, anew := login(1, 10, 10), login(2, 11, 11)
		old.Generation, anew.Generation = 1, 2
		other := rpc.Session{UID: 2, Device: 4, Conn: 12, Generation: 8}
		same := rpc.Session{UID: 2, Device: 3, Conn: 13, Generation: 8}
		r.update(t, "g", []rpc.Session{old, anew, other, same}, nil)
		r.kicks(t, "g", map[uint64][]uint64{1: {10, 13}})
		for _, s := range r.routes {
			s.DetachGate("g", 1)
			s.AttachGate("g", 1, r.gates["g"])
			wants(t, s, part(1, true, true, old, anew), 2)
		}
		r.kicks(t, "g", map[uint64][]uint64{1: {10}})
	})
}

// TestOneStays where all older sessions of a user end: a connection of a gate,
// whether it is known already or registered later. Its like elsewhere does not.
func TestOneStays(t *testing.T) {
	newRegion(t, []string{"a"}, func(t *testing.T, r *region) {
		but := banned()
		but.Items[0].Gate, but.Items[0].Conn = "g", 10
		r.update(t, "g", []rpc.Session{login(1, 10, 10), login(2, 11, 11)}, nil)
		r.update(t, "h", []rpc.Session{login(3, 10, 12)}, nil)
		s := r.routes["a"]
		if err := s.Evict(t.Context(), but); err != nil {
			t.Fatal(err)
		}
		r.kicks(t, "g", map[uint64][]uint64{1: {11}})
		r.kicks(t, "h", map[uint64][]uint64{1: {10}})
		s.DetachGate("g", 1)
		s.AttachGate("g", 1, r.gates["g"])
		wants(t, s, part(1, true, true, login(1, 10, 10)), 2)
		r.kicks(t, "g", nil)
		if err := s.Evict(t.Context(), banned()); err != nil { // of a later decision
			t.Fatal(err)
		}
		r.kicks(t, "g", map[uint64][]uint64{1: {10}})
	})
}

// TestRecentForgets keeps what is remembered of evictions bounded, in number and
// in time.
func TestRecentForgets(t *testing.T) {
	newRegion(t, []string{"a"}, func(t *testing.T, r *region) {
		s := r.routes["a"]
		for first := uint64(1); first <= 70000; first += 1000 {
			var batch rpc.Evictions
			for uid := first; uid < first+1000; uid++ {
				batch.Items = append(batch.Items, rpc.Eviction{UID: uid, Code: msgdef.CodeBanned, Generation: 2})
			}
			if err := s.Evict(t.Context(), &batch); err != nil {
				t.Fatal(err)
			}
		}
		r.update(t, "g", []rpc.Session{{UID: 1, Device: 1, Conn: 1}, {UID: 70000, Device: 1, Conn: 2}}, nil)
		r.kicks(t, "g", map[uint64][]uint64{1: {2}})
		time.Sleep(10*time.Minute + time.Second)
		r.update(t, "g", []rpc.Session{{UID: 69999, Device: 1, Conn: 3}}, nil)
		r.kicks(t, "g", nil)
	})
}
