package gate

import (
	"crypto/rand"
	"slices"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// Bounds of tickets: of one login, and of logins that wait for the route to keep
// theirs, altogether and in one call, see rpc.TicketBatch.
const (
	mostTickets   = 2
	waitingOffers = 64 << 10
	callOffers    = 1024 / mostTickets
)

// offer is tickets for a connection that the client has not heard of yet.
type offer struct {
	conn    *conn
	tickets []rpc.Ticket // at most mostTickets
}

// offerTickets makes the tickets that the client has room for. It hears of them
// when they are kept; if they are not, its next login is a full one.
func (c *conn) offerTickets(who *entrant) {
	defer c.secure.Forget() // there are no others
	n := c.allowed(min(int(who.login.Tickets), mostTickets))
	if n == 0 {
		return
	}
	now := c.gate.options.Now()
	expires := min(now.Add(c.gate.times.Ticket).UnixMilli(), who.proven+c.gate.times.Proof.Milliseconds())
	if expires <= now.UnixMilli() {
		return
	}
	o := offer{conn: c, tickets: make([]rpc.Ticket, n)}
	for i := range o.tickets {
		if err := c.sealTicket(&o.tickets[i], who, expires); err != nil {
			c.gate.logger.Warn("a ticket was not sealed", "error", err)
			return
		}
	}
	c.gate.tickets.add(o) // one that finds no room costs a full login
}

// allowed returns how many of n tickets the user may have now.
func (c *conn) allowed(n int) int {
	if n == 0 || c.exempt {
		return n
	}
	given := c.gate.allowance.take(c.uid, n, c.gate.limits.Load().tickets(), c.gate.clock())
	c.gate.counts.withheld.Add(uint64(n - given))
	return given
}

// tickets is how fast a user gets tickets.
func (l *Limits) tickets() rate { return rate{l.TicketRate, l.TicketBurst} }

// sealTicket makes one ticket.
func (c *conn) sealTicket(t *rpc.Ticket, who *entrant, expires int64) (err error) {
	rand.Read(t.ID[:]) // never fails
	t.Expires = expires
	t.Box, err = c.gate.ticketKeys.Load().Seal(t.ID, &msgdef.TicketBody{
		Secret: c.secure.TicketSecret(t.ID), Suite: uint8(c.secure.Suite()),
		UID: who.account.UID, Device: who.login.Device, Platform: who.platform,
		Full: who.proven, Generation: who.account.Generation, Expires: expires,
	})
	return err
}

// keepOffers has the route keep tickets, and then tells the clients.
func (s *Server) keepOffers(offers []offer) {
	for part := range slices.Chunk(offers, callOffers) {
		batch := new(rpc.TicketBatch)
		for _, o := range part {
			batch.Items = append(batch.Items, o.tickets...)
		}
		if err := s.keepTickets(batch); err != nil {
			s.logger.Debug("the route keeps no tickets", "tickets", len(batch.Items), "error", err)
			continue
		}
		s.counts.tickets.Add(uint64(len(batch.Items)))
		for _, o := range part {
			o.conn.reply(o.frame())
		}
	}
}

func (s *Server) keepTickets(batch *rpc.TicketBatch) error {
	ctx, cancel := s.call(s.times.Call)
	defer cancel()
	return s.options.Route.KeepTickets(ctx, batch)
}

// frame is what the client is told.
func (o offer) frame() *msgdef.Tickets {
	m := &msgdef.Tickets{List: make([]msgdef.Ticket, len(o.tickets))}
	for i, t := range o.tickets {
		m.List[i] = msgdef.Ticket{ID: t.ID, Expires: t.Expires}
	}
	return m
}
