package gate_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/sim-im/sim/gate"
	"github.com/sim-im/sim/msgdef"
)

// TestSetLimits changes the limits of a gate that serves: who is there stays,
// beyond them too, and what comes is held against the new ones.
func TestSetLimits(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		a, b := w.login("a", 1), w.login("b", 1)
		must(t, w.gate.SetLimits(gate.Limits{Connections: 1, SendRate: 0.5, SendBurst: 1}))
		w.dial().refusedBusy()
		w.wantCloses(gate.ReasonCapacity, 1)
		b.roundTrip(1)
		a.roundTrip(1)
		a.send(a.note(2, "too much"))
		if m := a.expectError(msgdef.TypeSend, msgdef.CodeBusy); m.RetryAfter != 2000 {
			t.Errorf("%+v", m)
		}
		err := w.gate.SetLimits(gate.Limits{Connections: -1, WaitingBytes: 7})
		if err == nil || !strings.Contains(err.Error(), "is negative") {
			t.Errorf("wrong limits: %v", err)
		}
		w.dial().refusedBusy() // the old ones hold
		must(t, w.gate.SetLimits(gate.Limits{}))
		w.login("c", 1).roundTrip(1)
		for i := range uint64(20) {
			a.roundTrip(3 + i)
		}
		synctest.Wait()
	})
}
