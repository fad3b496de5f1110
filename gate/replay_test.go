package gate_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/gate"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/secure"
)

// TestReplayedResume sends a recorded Resume packet again after the registry came
// back from an older copy, so that the ticket is there again. The gate cannot
// know, and answers; but nothing happens to anybody before a record opens that
// only the client can make.
func TestReplayedResume(t *testing.T) {
	for name, follow := range map[string]struct {
		send   func(record []byte) []byte // after LoginOK; record is the one that was recorded
		reason gate.Reason
	}{
		"nothing":           {func([]byte) []byte { return nil }, gate.ReasonLoginTime},
		"the recorded one":  {func(record []byte) []byte { return record }, gate.ReasonAuth},
		"half of a record":  {func(record []byte) []byte { return record[:len(record)/2] }, gate.ReasonLoginTime},
		"a record of zeros": {func([]byte) []byte { return append([]byte{64, 0}, make([]byte, 64)...) }, gate.ReasonAuth},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				w := newWorld(t)
				_, tickets := w.tickets("alice", 7)
				restore := w.far.copyTickets()
				r := w.resumption(tickets[0], again(7))
				victim := w.dial()
				victim.write(r.Packet())
				victim.bind(r, again(7))
				record := victim.seal(&msgdef.Ping{Nonce: 1})
				victim.write(record)
				victim.confirmed()
				victim.roundTrip(1)
				time.Sleep(4 * time.Second) // for the displaced session to end
				restore()

				began, over, stats := w.far.began(), w.far.over(), w.gate.Stats()
				left := w.far.kept()
				thief := w.dial()
				thief.write(r.Packet())
				thief.packet(secure.ResumeReplySize)
				if more := follow.send(record); len(more) > 0 {
					thief.write(more)
				}
				victim.roundTrip(2)
				thief.expectSilentEnd()
				synctest.Wait()
				w.wantCloses(follow.reason, 1)
				w.unresumed(gate.TicketUnconfirmed, 1)
				victim.roundTrip(3)
				now := w.gate.Stats()
				switch {
				case !slices.Equal(w.far.began(), began) || !slices.Equal(w.far.over(), over):
					t.Errorf("sessions began %v, ended %v", w.far.began(), w.far.over())
				case now.Logins != stats.Logins || now.Resumed != 1 || now.Tickets != stats.Tickets:
					t.Errorf("%+v, before %+v", now, stats)
				case w.far.kept() != left-1:
					t.Errorf("%d tickets, before %d", w.far.kept(), left)
				case w.gate.Users() != 1:
					t.Errorf("%d users", w.gate.Users())
				}
			})
		})
	}
}

// TestResurrectedTicket lets the client itself come back with a ticket that was
// spent already: it proves that it is there.
func TestResurrectedTicket(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		_, tickets := w.tickets("alice", 7)
		restore := w.far.copyTickets()
		first := w.resume(tickets[0], again(7))
		first.confirm()
		restore()
		second := w.resume(tickets[0], again(7))
		if second.welcome.Session == first.welcome.Session {
			t.Error("one id for two sessions")
		}
		second.confirm()
		second.roundTrip(1)
	})
}

// TestSlowConfirmation bounds the wait for the first record by the time that a
// login has, and nobody can stretch it.
func TestSlowConfirmation(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		_, tickets := w.tickets("alice", 7)
		start := time.Now()
		c := w.resume(tickets[0], again(7))
		record := c.seal(&msgdef.Ping{})
		for i := range 4 {
			time.Sleep(time.Second)
			c.write(record[i : i+1])
		}
		c.expectSilentEnd()
		if took := time.Since(start); took != 5*time.Second {
			t.Errorf("closed after %v", took)
		}
	})
}

// TestSlowGate gives a client some time whose gate took long to answer.
func TestSlowGate(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		_, tickets := w.tickets("alice", 7)
		w.far.intercept(func(method string) error {
			if method == "Resume" {
				time.Sleep(4900 * time.Millisecond)
			}
			return nil
		})
		c := w.resume(tickets[0], again(7))
		time.Sleep(1500 * time.Millisecond)
		c.confirm()
	})
}
