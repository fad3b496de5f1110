package gate_test

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/gate"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// forget stores a message for a user, and tells nobody.
func (e *farEnd) forget(uid uint64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.inbox[uid] = append(e.inbox[uid], msgdef.Entry{})
}

// TestRecheck tells those who have missed a message, and nobody else, as soon
// as the heads can be had.
func TestRecheck(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		alice, bob := w.login("alice", 1), w.login("bob", 1)
		alice.roundTrip(1)
		w.far.forget(alice.welcome.UID)
		failures := 2
		w.far.intercept(func(called string) error {
			if called == "Heads" && failures > 0 {
				failures--
				return rpc.Errorf(msgdef.CodeUnavailable, "not yet")
			}
			return nil
		})
		w.gate.Recheck()
		w.gate.Recheck()
		var head msgdef.Head
		if alice.expect(&head); head.USeq != 2 {
			t.Errorf("told %+v, want useq 2", head)
		}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if n := w.gate.Stats().Healed; n != 1 {
			t.Errorf("%d sessions were told, want 1", n)
		}
		bob.roundTrip(1) // the next frame is the answer
	})
}

// TestRecheckAfterStandstill notices that the process was stopped for a while.
func TestRecheckAfterStandstill(t *testing.T) {
	virtual(t, func(t *testing.T) {
		var ahead atomic.Int64
		w := newWorld(t, func(o *gate.Options) {
			o.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
		})
		c := w.login("alice", 1)
		w.far.forget(c.welcome.UID)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if n := w.gate.Stats().Healed; n != 0 {
			t.Fatalf("%d sessions were told without a reason", n)
		}
		ahead.Store(int64(4 * time.Second))
		var head msgdef.Head
		if c.expect(&head); head.USeq != 1 {
			t.Errorf("told %+v, want useq 1", head)
		}
	})
}
