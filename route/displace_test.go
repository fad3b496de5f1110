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

// kicks checks what gates accepted since the last time.
func (r *region) kicks(t *testing.T, gate string, want map[uint64][]uint64) {
	t.Helper()
	synctest.Wait()
	if got := r.gates[gate].kicked(); len(got)+len(want) > 0 && !reflect.DeepEqual(got, want) {
		t.Errorf("%s: kicked %v, want %v", gate, got, want)
	}
}

// TestOneDisplaces has the master tell the older session of a device to go, and
// nobody else; both stay in all tables until the gate says that one ended.
func TestOneDisplaces(t *testing.T) {
	newRegion(t, []string{"a", "b", "c"}, func(t *testing.T, r *region) {
		r.update(t, "g", []rpc.Session{login(1, 10, 10), login(2, 11, 10)}, nil)
		r.update(t, "h", []rpc.Session{login(1, 20, 20)}, nil)
		r.kicks(t, "g", map[uint64][]uint64{1: {10}})
		r.kicks(t, "h", nil)
		for name, s := range r.routes {
			if n := s.Stats().Sessions; n != 3 {
				t.Errorf("%s has %d sessions, want 3", name, n)
			}
		}
		r.update(t, "g", nil, []rpc.Session{login(1, 10, 0)})
		time.Sleep(10 * time.Second)
		r.kicks(t, "g", nil)
		for name, s := range r.routes {
			if n := s.Stats().Sessions; n != 2 {
				t.Errorf("%s has %d sessions, want 2", name, n)
			}
		}
	})
}

// TestSinceDecides has the news of an older session arrive last: it is the one
// to go.
func TestSinceDecides(t *testing.T) {
	newRegion(t, []string{"a"}, func(t *testing.T, r *region) {
		r.update(t, "g", []rpc.Session{login(1, 20, 20)}, nil)
		r.update(t, "h", []rpc.Session{login(1, 30, 10)}, nil)
		r.kicks(t, "h", map[uint64][]uint64{1: {30}})
		r.update(t, "h", []rpc.Session{login(1, 12, 20)}, nil)
		r.kicks(t, "g", map[uint64][]uint64{1: {20}}) // as old as another: the name of the gate decides
		r.kicks(t, "h", map[uint64][]uint64{1: {30}})
	})
}

// TestLostKick is told again, until the session has ended.
func TestLostKick(t *testing.T) {
	newRegion(t, []string{"a"}, func(t *testing.T, r *region) {
		g := r.gates["g"]
		g.deaf = true
		r.update(t, "g", []rpc.Session{login(1, 10, 10), login(1, 11, 11)}, nil)
		time.Sleep(5 * time.Second)
		g.mu.Lock()
		g.deaf = false
		g.mu.Unlock()
		time.Sleep(3 * time.Second)
		r.kicks(t, "g", map[uint64][]uint64{1: {10}})
		if n := r.routes["a"].Stats().Displaced[route.YieldDevice]; n != 1 {
			t.Errorf("%d displaced", n)
		}
	})
}

// TestTakeoverDisplaces has two sessions of a device, and too many of a user,
// come while nobody is master. Who becomes it sends away whom the last one would
// have.
func TestTakeoverDisplaces(t *testing.T) {
	newRegion(t, nil, func(t *testing.T, r *region) {
		r.start(t, "a", route.Options{Devices: 2})
		synctest.Wait()
		r.start(t, "b", route.Options{Devices: 2})
		r.leases.partition("a", "b")
		time.Sleep(7 * time.Second)
		r.update(t, "g", []rpc.Session{login(1, 11, 11), login(2, 12, 12)}, nil)
		r.update(t, "h", []rpc.Session{login(1, 21, 21), login(3, 23, 23)}, nil)
		r.kicks(t, "g", nil)
		r.kicks(t, "h", nil)
		r.leases.partition("a")
		time.Sleep(3 * time.Second)
		r.kicks(t, "g", map[uint64][]uint64{2: {12, 11}})
		r.kicks(t, "h", nil)
		for name, g := range r.gates {
			if err := g.Kick(t.Context(), &rpc.Kicks{Epoch: 1, Term: 1}); rpc.CodeOf(err) != msgdef.CodeForbidden {
				t.Errorf("%s has not heard of the new term: %v", name, err)
			}
		}
	})
}

// TestCrowd overflows what a master remembers by name.
func TestCrowd(t *testing.T) {
	newRegion(t, []string{"a"}, func(t *testing.T, r *region) {
		g := r.gates["g"]
		g.deaf = true
		const users = 70000
		for uid := uint64(1); uid <= users; uid += 5000 {
			var items []rpc.Session
			for u := uid; u < uid+5000; u++ {
				items = append(items, rpc.Session{UID: u, Device: 1, Conn: u, Since: 1}, rpc.Session{UID: u, Device: 1, Conn: users + u, Since: 2})
			}
			r.update(t, "g", items, nil)
		}
		g.mu.Lock()
		g.deaf = false
		g.mu.Unlock()
		time.Sleep(3 * time.Second)
		synctest.Wait()
		n := 0
		for _, k := range g.kicks {
			n += len(k.Items)
		}
		if n != users {
			t.Errorf("%d kicked, want %d", n, users)
		}
	})
}
