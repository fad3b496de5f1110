package route_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/route"
)

// leases hands out the mastership of one region like the message service: a
// term more for who comes when it is free, by its own clock.
type leases struct {
	mu      sync.Mutex
	term    uint64
	holder  string
	until   time.Time
	cut     map[string]bool          // who cannot reach it
	answers map[string]time.Duration // how long answers take to get back
}

// Lease implements rpc.Leases.
func (l *leases) Lease(ctx context.Context, req *rpc.LeaseRequest) (*rpc.LeaseReply, error) {
	l.mu.Lock()
	cut, slow := l.cut[req.Holder], l.answers[req.Holder]
	l.mu.Unlock()
	if cut {
		<-ctx.Done() // packets vanish
		return nil, ctx.Err()
	}
	reply := l.grant(req)
	time.Sleep(slow)
	return reply, ctx.Err()
}

func (l *leases) grant(req *rpc.LeaseRequest) *rpc.LeaseReply {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if !now.Before(l.until) {
		l.term, l.holder = l.term+1, req.Holder
	}
	if l.holder == req.Holder {
		l.until = now.Add(6 * time.Second)
	}
	return &rpc.LeaseReply{Holder: l.holder, Term: l.term, Left: uint32(l.until.Sub(now).Milliseconds())}
}

// partition says who cannot reach the message service.
func (l *leases) partition(holders ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = make(map[string]bool)
	for _, h := range holders {
		l.cut[h] = true
	}
}

// fenced is a gate as far as kicks go: it refuses a term below the highest it
// saw, and tells routes that a session ended only when the test says so.
type fenced struct {
	rpc.Gate

	mu      sync.Mutex
	highest uint64
	kicks   []rpc.Kicks // accepted, with items
	refused int
	deaf    bool // calls do not arrive
}

// Kick implements rpc.Gate.
func (f *fenced) Kick(_ context.Context, batch *rpc.Kicks) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.deaf:
		return errors.New("lost on the way")
	case batch.Term < f.highest:
		f.refused++
		return rpc.Errorf(msgdef.CodeForbidden, "term %d is over", batch.Term)
	}
	f.highest = batch.Term
	if len(batch.Items) > 0 {
		copied := *batch
		copied.Items = slices.Clone(batch.Items)
		f.kicks = append(f.kicks, copied)
	}
	return nil
}

// kicked returns the connections that were kicked, by term, each once, and
// forgets them.
func (f *fenced) kicked() map[uint64][]uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := map[uint64][]uint64{}
	for _, k := range f.kicks {
		for _, item := range k.Items {
			if !slices.Contains(out[k.Term], item.Conn) {
				out[k.Term] = append(out[k.Term], item.Conn)
			}
		}
	}
	f.kicks = nil
	return out
}

// region is routes of one region, with two gates and a message service.
type region struct {
	leases leases
	gates  map[string]*fenced
	routes map[string]*route.Server
	seq    map[string]uint64 // of updates, by gate
}

// newRegion runs do in a bubble, with routes of the names.
func newRegion(t *testing.T, names []string, do func(t *testing.T, r *region)) {
	synctest.Test(t, func(t *testing.T) {
		r := &region{
			gates:  map[string]*fenced{"g": {}, "h": {}},
			routes: map[string]*route.Server{},
			seq:    map[string]uint64{},
		}
		defer func() {
			for _, s := range r.routes {
				s.Close()
			}
		}()
		for _, name := range names {
			r.start(t, name, route.Options{})
			synctest.Wait() // the first one becomes master
		}
		do(t, r)
	})
}

// start adds a route to a region in which nobody is logged in.
func (r *region) start(t *testing.T, name string, options route.Options) *route.Server {
	options.Region, options.ID, options.Leases = "east", name, &r.leases
	s := newRoute(t, options)
	s.Lives([]string{"g", "h"})
	for id, g := range r.gates {
		s.AttachGate(id, 1, g)
	}
	for id := range r.gates {
		r.seq[id] = max(r.seq[id], 1)
		u := &rpc.RosterUpdate{Gate: id, Epoch: 1, Seq: r.seq[id], Snapshot: true, First: true, Last: true}
		if _, err := s.Update(t.Context(), u); err != nil {
			t.Fatal(err)
		}
	}
	r.routes[name] = s
	return s
}

// update has a gate tell all routes that a session began, or ended.
func (r *region) update(t *testing.T, gate string, began, ended []rpc.Session) {
	t.Helper()
	r.seq[gate]++
	for name, s := range r.routes {
		u := &rpc.RosterUpdate{Gate: gate, Epoch: 1, Seq: r.seq[gate], Began: began, Ended: ended}
		if reply, err := s.Update(t.Context(), u); err != nil || reply.Want != u.Seq+1 {
			t.Errorf("%s: update %d: %v, %v", name, u.Seq, reply, err)
		}
	}
}

// login is a session of user 1's device that began at a second.
func login(device, conn uint64, since int64) rpc.Session {
	return rpc.Session{UID: 1, Device: device, Conn: conn, Since: 1000 * since}
}

// master returns who says that it is, and its term; the test fails when that is
// more than one.
func (r *region) master(t *testing.T) (name string, term uint64) {
	t.Helper()
	for id, s := range r.routes {
		if now, ok := s.Master(); ok {
			if name != "" {
				t.Errorf("%s and %s are masters", id, name)
			}
			name, term = id, now
		}
	}
	return name, term
}
