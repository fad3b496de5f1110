package route_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/route"
)

// rubble is a registry with sessions of dead gates in it.
type rubble struct {
	directory

	mu    sync.Mutex
	left  int
	err   error
	calls []uint64 // terms
}

// Sweep implements route.Registry.
func (r *rubble) Sweep(_ context.Context, region string, term uint64, limit int) (int, bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = append(r.calls, term)
	if region != "east" || limit != 500 || r.err != nil {
		return 0, false, r.err
	}
	n := min(limit, r.left)
	r.left -= n
	return n, r.left > 0, nil
}

// fails makes calls fail; nil ends that.
func (r *rubble) fails(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.err = err
}

// state returns what is left, and how often it was called.
func (r *rubble) state() (left, calls int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.left, len(r.calls)
}

// TestSweep clears the registry in steps, some in each round, and only as a
// master, through failures.
func TestSweep(t *testing.T) {
	newRegion(t, nil, func(t *testing.T, r *region) {
		dead := &rubble{left: 12345}
		r.start(t, "a", route.Options{Registry: dead})
		time.Sleep(time.Second)
		replica := &rubble{left: 1}
		b := r.start(t, "b", route.Options{Registry: replica})
		time.Sleep(2 * time.Second)
		if left, calls := dead.state(); left != 12345-20*500 || calls != 20 {
			t.Errorf("%d left after %d calls in a round", left, calls)
		}
		dead.fails(errors.New("no route to host"))
		time.Sleep(4 * time.Second)
		if _, calls := dead.state(); calls != 22 {
			t.Errorf("%d calls", calls)
		}
		dead.fails(nil)
		time.Sleep(2 * time.Second)
		if left, calls := dead.state(); left != 0 || calls != 27 {
			t.Errorf("%d left after %d calls", left, calls)
		}
		if _, calls := replica.state(); calls != 0 {
			t.Errorf("a replica swept %d times", calls)
		}
		if n := r.routes["a"].Stats().Swept; n != 12345 {
			t.Errorf("counted %d", n)
		}
		r.leases.partition("a")
		time.Sleep(10 * time.Second)
		if left, _ := replica.state(); left != 0 || b.Stats().Term != 2 {
			t.Errorf("%d left after a takeover", left)
		}
	})
}

// TestSweepDeposes believes a registry that has seen a higher term.
func TestSweepDeposes(t *testing.T) {
	newRegion(t, nil, func(t *testing.T, r *region) {
		dead := new(rubble)
		s := r.start(t, "a", route.Options{Registry: dead, Renew: 4 * time.Second})
		dead.fails(rpc.Errorf(msgdef.CodeForbidden, "term 2 was seen"))
		time.Sleep(2*time.Second + 1)
		if _, ok := s.Master(); ok {
			t.Error("still master")
		}
	})
}
