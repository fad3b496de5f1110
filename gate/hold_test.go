package gate_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// after is a message to oneself that follows another one.
func (c *client) after(counter, before uint64) *msgdef.Send {
	m := c.note(counter, "x")
	m.After = before
	return m
}

// taken returns the counters the far end got since the n-th.
func (w *world) counters(n int) (counters []uint64) {
	for _, s := range w.far.taken()[n:] {
		counters = append(counters, s.Counter)
	}
	return counters
}

// TestNothingOvertakesARefusal refuses a message over the rate and then, though
// there are tokens again, everything that was sent after it.
func TestNothingOvertakesARefusal(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		alice := w.login("alice", 1)
		for i := range uint64(60) { // the burst
			alice.send(alice.after(i+1, i))
		}
		for range 60 {
			alice.expect(&msgdef.SendAck{})
		}
		alice.send(alice.after(61, 60), alice.after(62, 61))
		synctest.Wait()
		time.Sleep(time.Second) // twenty tokens
		alice.send(alice.after(63, 62), alice.after(64, 63))
		for counter := uint64(61); counter <= 64; counter++ {
			if m := alice.expectError(msgdef.TypeSend, msgdef.CodeBusy); m.Req != counter || m.RetryAfter == 0 {
				t.Fatalf("%+v, want a refusal of %d", m, counter)
			}
		}
		alice.send(alice.after(61, 0), alice.after(62, 61), alice.after(63, 62), alice.after(64, 63))
		for counter := uint64(61); counter <= 64; counter++ {
			var ack msgdef.SendAck
			if alice.expect(&ack); ack.Counter != counter {
				t.Fatalf("acknowledged %d, want %d", ack.Counter, counter)
			}
		}
	})
}

// TestAGivenUpMessageHoldsNothing goes on with the next one.
func TestAGivenUpMessageHoldsNothing(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		alice := w.login("alice", 1)
		w.far.fail("Send", msgdef.CodeBusy)
		alice.send(alice.after(1, 0))
		alice.expectError(msgdef.TypeSend, msgdef.CodeBusy)
		w.far.fail("Send", msgdef.CodeOK)
		alice.send(alice.after(2, 1))
		if m := alice.expectError(msgdef.TypeSend, msgdef.CodeBusy); m.Req != 2 {
			t.Errorf("refused %d, want 2", m.Req)
		}
		alice.send(alice.after(3, 0))
		var ack msgdef.SendAck
		if alice.expect(&ack); ack.Counter != 3 {
			t.Errorf("acknowledged %d, want 3", ack.Counter)
		}
	})
}

// TestARouteThatFailsForAMomentKeepsTheOrder refuses what was gathered, and
// what came behind it.
func TestARouteThatFailsForAMomentKeepsTheOrder(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		alice := w.login("alice", 1)
		w.far.fail("Send", msgdef.CodeUnavailable)
		alice.send(alice.after(1, 0), alice.after(2, 1))
		alice.expectError(msgdef.TypeSend, msgdef.CodeUnavailable)
		alice.expectError(msgdef.TypeSend, msgdef.CodeUnavailable)
		w.far.fail("Send", msgdef.CodeOK)
		alice.send(alice.after(3, 2))
		alice.expectError(msgdef.TypeSend, msgdef.CodeBusy)
		alice.send(alice.after(1, 0), alice.after(2, 1), alice.after(3, 2))
		for range 3 {
			alice.expect(&msgdef.SendAck{})
		}
		got := w.counters(0)
		if len(got) != 3 || got[0] != 1 || got[1] != 2 || got[2] != 3 {
			t.Errorf("the far end got %v, want 1 2 3", got)
		}
	})
}
