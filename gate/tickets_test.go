package gate_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/gate"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/codec"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/secure"
)

// TestTicketsOfAnotherGate hold at every gate that has the same keys.
func TestTicketsOfAnotherGate(t *testing.T) {
	virtual(t, func(t *testing.T) {
		keys := newTicketKeys(t)
		east := newWorld(t, func(o *gate.Options) { o.TicketKeys = keys })
		west := newWorld(t, func(o *gate.Options) { o.TicketKeys, o.ID, o.Route = keys, "g2", east.far })
		stranger := newWorld(t, func(o *gate.Options) { o.ID, o.Route = "g3", east.far })
		_, tickets := east.tickets("alice", 7)
		east.far.change(func(e *farEnd) { e.gate, e.epoch = west.gate, west.gate.Epoch() }) // it tells one gate only
		west.login("bob", 1)                                                                // who takes the number that alice has there
		c := west.resume(tickets[0], again(7))
		c.confirm()
		c.roundTrip(1)
		stranger.far = east.far
		stranger.denied(stranger.resumption(tickets[1], again(7)), "alice", 8)
		stranger.unresumed(gate.TicketSealed, 1)
		if got := east.far.resumptions(); len(got) != 1 || got[0] != (rpc.ResumeRequest{UID: c.welcome.UID, Device: 7}) {
			t.Errorf("%+v", got)
		}
	})
}

// TestProofIsDue resumes one session after another, until a login with a proof is
// due: tickets hold no longer than that, and then there are none.
func TestProofIsDue(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t, func(o *gate.Options) { o.Times.Ticket, o.Times.Proof = 4*time.Minute, 10*time.Minute })
		start := time.Now()
		c, tickets := w.tickets("alice", 7)
		resumed := 0
		for time.Since(start) < 10*time.Minute-time.Second {
			c.conn.Close()
			time.Sleep(4*time.Minute - time.Second)
			if time.Since(start) >= 10*time.Minute {
				break
			}
			c = w.resume(tickets[1], again(7))
			tickets = c.confirm()
			resumed++
		}
		if resumed != 2 {
			t.Fatalf("resumed %d times", resumed)
		}
		w.denied(w.resumption(tickets[0], again(7)), "alice", 7)
		w.unresumed(gate.TicketExpired, 1)
	})
}

// TestNoTicketsWhenProofIsDue gives none that would not hold.
func TestNoTicketsWhenProofIsDue(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t, func(o *gate.Options) { o.Times.Proof = 3 * time.Second })
		start := time.Now()
		_, tickets := w.tickets("alice", 7)
		time.Sleep(2900 * time.Millisecond)
		c := w.resume(tickets[0], again(7))
		time.Sleep(200 * time.Millisecond)
		c.send(&msgdef.Ping{})
		c.expect(new(msgdef.Pong))
		synctest.Wait()
		if got := w.gate.Stats().Tickets; got != 2 {
			t.Errorf("%d tickets after %v", got, time.Since(start))
		}
	})
}

// TestHowManyTickets gives what was asked for, and no more than two.
func TestHowManyTickets(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		for asked, want := range map[uint8]int{1: 1, 2: 2, 3: 2, 255: 2} {
			c := w.dial()
			c.handshake()
			m := loginOf("alice", uint64(asked))
			m.Tickets = asked
			c.enter(m)
			if got := c.wallet(); len(got) != want {
				t.Errorf("asked for %d tickets, got %d", asked, len(got))
			}
		}
		w.login("alice", 99).roundTrip(1)
		if got := w.gate.Stats().Tickets; got != 7 {
			t.Errorf("%d tickets", got)
		}
	})
}

// TestTicketsAreKeptFirst tells the client of tickets when they are kept, never
// before, and not of those that are not. What else it does need not wait.
func TestTicketsAreKeptFirst(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		hold := make(chan struct{})
		var once sync.Once
		w.far.intercept(func(method string) error {
			if method == "KeepTickets" {
				<-hold
			}
			return nil
		})
		defer once.Do(func() { close(hold) })
		ask := func(device uint64) *client {
			c := w.dial()
			c.handshake()
			m := loginOf("alice", device)
			m.Tickets = 2
			c.enter(m)
			return c
		}
		first, second := ask(1), ask(2)
		first.roundTrip(1)
		second.expect(new(msgdef.Notify))
		once.Do(func() { close(hold) })
		first.wallet()
		second.wallet()

		w.far.fail("KeepTickets", msgdef.CodeUnavailable)
		third := ask(3)
		third.roundTrip(2)
		synctest.Wait()
		third.roundTrip(3)
		if got := w.gate.Stats().Tickets; got != 4 {
			t.Errorf("%d tickets", got)
		}
	})
}

// TestCommittedWhileResuming tells the client of messages that were stored after
// LoginOK and before routes knew the session.
func TestCommittedWhileResuming(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		alice, tickets := w.tickets("alice", 7)
		bob := w.login("bob", 1)
		alice.conn.Close()
		time.Sleep(time.Second)
		c := w.resume(tickets[0], again(7))
		bob.send(bob.to(c.welcome.UID, 1, "in between"))
		bob.expect(new(msgdef.SendAck))
		if c.welcome.Head != 0 {
			t.Fatalf("%+v", c.welcome)
		}
		c.send(&msgdef.Ack{})
		var head msgdef.Head
		for heard := false; !heard; {
			f, err := c.next()
			must(t, err)
			if heard = f.Type == msgdef.TypeHead; heard {
				must(t, head.Decode(f.Body))
			}
		}
		if head.USeq != 1 {
			t.Errorf("head %d", head.USeq)
		}
	})
}

// TestTicketsInside are given inside TLS and hold outside; a Resume packet inside
// is garbage.
func TestTicketsInside(t *testing.T) {
	secured(t, func(t *testing.T, w *world) {
		_, tickets := w.tickets("alice", 7)
		packet := w.resumption(tickets[0], again(7)).Packet()
		inside := w.dial()
		inside.write(packet)
		inside.expectSilentEnd()
		synctest.Wait()
		w.wantCloses(gate.ReasonGarbage, 1)
		w.network.Secured = false
		c := w.resume(tickets[0], again(7))
		c.confirm()
		c.roundTrip(1)
	})
}

// TestResumeInJSON reads Login, and answers, in the codec of the packet.
func TestResumeInJSON(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		_, tickets := w.tickets("alice", 7)
		login := again(7).AppendJSON(nil)
		r, err := secure.NewClientResumption(secure.ClientConfig{Roots: w.roots, Now: time.Now, Codec: codec.JSON}, tickets[0], login)
		must(t, err)
		c := w.dial()
		c.write(r.Packet())
		session, body, err := r.Reply(c.packet(secure.ResumeReplySize))
		must(t, err)
		must(t, c.welcome.DecodeJSON(body))
		must(t, session.Bind(c.welcome.Session, login, body))
		c.secure = session
		j := jsonClient{client: c}
		j.sendText(msgdef.TypePing, `{"nonce":"5"}`)
		for range 2 {
			f, err := c.next()
			must(t, err)
			if f.Type != msgdef.TypePong && f.Type != msgdef.TypeTickets || f.Body[0] != '{' {
				t.Errorf("%v %s", f.Type, f.Body)
			}
		}
		if w.gate.Stats().Resumed != 1 {
			t.Errorf("%+v", w.gate.Stats())
		}
	})
}

// TestResumeWhileShuttingDown keeps the ticket for another gate.
func TestResumeWhileShuttingDown(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t, func(o *gate.Options) { o.Times.GoAway = 2 * time.Second })
		_, tickets := w.tickets("alice", 7)
		r := w.resumption(tickets[0], again(7))
		late, later := w.dial(), w.dial()
		synctest.Wait()
		go w.gate.Shutdown(context.Background())
		synctest.Wait()
		late.write(r.Packet())
		_, _, err := r.Reply(late.packet(secure.ResumeReplySize))
		refused, ok := err.(*secure.RefusedError)
		if !ok || refused.Refusal.Code != msgdef.CodeShuttingDown || refused.Refusal.RetryAfter == 0 {
			t.Errorf("%v", err)
		}
		late.expectSilentEnd()
		later.expectSilentEnd()
		if w.far.kept() != 2 {
			t.Error("the ticket is spent")
		}
	})
}

// TestTruncatedResume stops after every byte of the Resume packet, and waits.
func TestTruncatedResume(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		_, tickets := w.tickets("alice", 7)
		packet := w.resumption(tickets[0], again(7)).Packet()
		for n := 1; n < len(packet); n++ {
			w.dial().write(packet[:n])
		}
		time.Sleep(6 * time.Second)
		synctest.Wait()
		w.wantCloses(gate.ReasonLoginTime, len(packet)-1)
		if w.far.kept() != 2 {
			t.Error("a ticket is spent")
		}
	})
}

// TestResumeFlood bounds attempts with tickets like those without.
func TestResumeFlood(t *testing.T) {
	virtual(t, func(t *testing.T) {
		const most = 8
		w := newWorld(t, func(o *gate.Options) {
			o.Limits.AddressHandshakes, o.Limits.AddressRate, o.Limits.AddressBurst = most, 1, 20
		})
		w.address("192.0.2.1")
		witness := w.login("witness", 1)
		bogus := w.resumption(secure.Ticket{ID: [16]byte{1}, Suite: secure.ClassicalAESGCM}, again(7)).Packet()
		for range 100 {
			c := w.dial()
			_ = c.conn.SetWriteDeadline(time.Now().Add(patience))
			_, _ = c.conn.Write(bogus) // most are turned away
		}
		synctest.Wait()
		stats := w.gate.Stats()
		if tried := stats.Unresumed[gate.TicketUnknown]; tried != most || stats.Closes[gate.ReasonAddressBusy] != 100-most {
			t.Errorf("%d tried, %+v", tried, stats.Closes)
		}
		witness.roundTrip(1)
	})
}

// TestTicketsOfOneUser bounds what a user makes the registry keep, also by coming
// again and again; another user gets theirs, and one who is exempt any number.
func TestTicketsOfOneUser(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t, func(o *gate.Options) { o.Limits.TicketRate, o.Limits.TicketBurst = 1, 7 })
		given := func(name string, times int) int {
			before := w.gate.Stats().Tickets
			for device := range uint64(times) {
				c := w.dial()
				c.handshake()
				m := loginOf(name, device+1)
				m.Tickets = 2
				c.enter(m)
				c.conn.Close()
				synctest.Wait()
			}
			return int(w.gate.Stats().Tickets - before)
		}
		for _, c := range []struct {
			name        string
			times, want int
		}{{"alice", 10, 7}, {"bob", 2, 4}, {"robot", 10, 20}} {
			if got := given(c.name, c.times); got != c.want {
				t.Errorf("%s has %d tickets, want %d", c.name, got, c.want)
			}
		}
		if got := w.gate.Stats().Withheld; got != 13 {
			t.Errorf("%d were withheld", got)
		}
		time.Sleep(3 * time.Second)
		if got := given("alice", 10); got != 3 {
			t.Errorf("alice has %d more after 3 s", got)
		}
		time.Sleep(time.Minute) // long enough to be forgotten
		if got := given("alice", 10); got != 7 {
			t.Errorf("alice has %d more after a minute", got)
		}
	})
}
