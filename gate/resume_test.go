package gate_test

import (
	"bytes"
	"crypto/rand"
	"testing"
	"time"

	"github.com/sim-im/sim/gate"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/secure"
)

// wallet is a client's tickets of a session.
type wallet []secure.Ticket

// tickets logs in and receives tickets, and the client stays connected.
func (w *world) tickets(name string, device uint64) (*client, wallet) {
	w.t.Helper()
	c := w.dial()
	c.handshake()
	m := loginOf(name, device)
	m.Tickets = 2
	c.enter(m)
	return c, c.wallet()
}

// wallet receives tickets.
func (c *client) wallet() (all wallet) {
	c.t.Helper()
	var m msgdef.Tickets
	c.expect(&m)
	return c.keep(&m)
}

// keep makes tickets of what the gate says of them.
func (c *client) keep(m *msgdef.Tickets) (all wallet) {
	for _, t := range m.List {
		all = append(all, secure.Ticket{ID: t.ID, Secret: c.secure.TicketSecret(t.ID), Suite: c.secure.Suite()})
	}
	return all
}

// confirm proves that the client is there, and receives tickets.
func (c *client) confirm() wallet {
	c.t.Helper()
	c.send(&msgdef.Ping{Nonce: 1})
	return c.confirmed()
}

// confirmed receives the answer to a Ping, and tickets before or after it.
func (c *client) confirmed() (all wallet) {
	c.t.Helper()
	for range 2 {
		f, err := c.next()
		must(c.t, err)
		switch f.Type {
		case msgdef.TypePong:
		case msgdef.TypeTickets:
			var m msgdef.Tickets
			must(c.t, m.Decode(f.Body))
			all = c.keep(&m)
		default:
			c.t.Fatalf("%v %x", f.Type, f.Body)
		}
	}
	return all
}

// again is what a client says that comes back.
func again(device uint64) *msgdef.Login {
	return &msgdef.Login{
		Versions: []byte{secure.Version}, Suites: []byte{byte(secure.ClassicalAESGCM)}, Device: device, Heartbeat: 30, Tickets: 2,
	}
}

// resumption makes the packet of a client that comes back.
func (w *world) resumption(t secure.Ticket, m *msgdef.Login) *secure.ClientResumption {
	w.t.Helper()
	r, err := secure.NewClientResumption(secure.ClientConfig{Roots: w.roots, Now: time.Now}, t, m.Append(nil))
	must(w.t, err)
	return r
}

// resume comes back, up to what the gate holds back for the first record.
func (w *world) resume(t secure.Ticket, m *msgdef.Login) *client {
	w.t.Helper()
	c := w.dial()
	r := w.resumption(t, m)
	c.write(r.Packet())
	c.bind(r, m)
	return c
}

// bind takes the answer to a Resume packet.
func (c *client) bind(r *secure.ClientResumption, m *msgdef.Login) {
	c.t.Helper()
	session, body, err := r.Reply(c.packet(secure.ResumeReplySize))
	must(c.t, err)
	c.secure = session
	must(c.t, c.welcome.Decode(body))
	must(c.t, c.secure.Bind(c.welcome.Session, m.Append(nil), body))
}

// newTicketKeys draws keys.
func newTicketKeys(t testing.TB) *secure.TicketKeys {
	t.Helper()
	keys, err := secure.NewTicketKeys(rand.Reader)
	must(t, err)
	return keys
}

// unresumed fails unless exactly n attempts came to nothing for a reason.
func (w *world) unresumed(why gate.Unresumed, n uint64) {
	w.t.Helper()
	if got := w.gate.Stats().Unresumed; got[why] != n {
		w.t.Errorf("%d attempts ended with %v, want %d; all: %v", got[why], why, n, got)
	}
}

func TestResume(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		first, tickets := w.tickets("alice", 7)
		if len(tickets) != 2 || tickets[0].ID == tickets[1].ID {
			t.Fatalf("tickets %+v", tickets)
		}
		first.roundTrip(1)
		c := w.resume(tickets[0], again(7))
		if c.welcome.UID != first.welcome.UID || c.welcome.Account != "alice" || len(c.welcome.Token) != 0 ||
			c.welcome.Head != 1 || c.welcome.Session == first.welcome.Session {
			t.Errorf("%+v", c.welcome)
		}
		if next := c.confirm(); len(next) != 2 {
			t.Errorf("%+v", next)
		}
		c.roundTrip(2)
		var kicked msgdef.Kicked
		first.expect(&kicked)
		stats := w.gate.Stats()
		if kicked.Code != msgdef.CodeReplaced || stats.Logins != 2 || stats.Resumed != 1 || stats.Tickets != 4 {
			t.Errorf("%+v, %+v", kicked, stats)
		}
	})
}

// TestTicketsEndWithTheProof that they go back to, also those of a session that
// was resumed.
func TestTicketsEndWithTheProof(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		ends := time.Now().Add(time.Hour)
		w.far.proofEnds = ends.UnixMilli()
		_, tickets := w.tickets("alice", 7)
		c := w.resume(tickets[0], again(7))
		c.send(&msgdef.Ack{})
		var m msgdef.Tickets
		c.expect(&m)
		for _, ticket := range m.List {
			if ticket.Expires != ends.UnixMilli() {
				t.Errorf("a ticket until %v, and the proof until %v", time.UnixMilli(ticket.Expires), ends)
			}
		}
		time.Sleep(time.Hour)
		late := w.dial()
		late.write(w.resumption(tickets[1], again(7)).Packet())
		if reply := late.packet(secure.ResumeReplySize); !bytes.Equal(reply, secure.AppendNoTicket(nil)) {
			t.Errorf("answered %x", reply)
		}
		w.unresumed(gate.TicketExpired, 1)
	})
}
