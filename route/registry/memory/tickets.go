package memory

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/route/registry"
)

// maxTickets is how many tickets a region has at most, some 300 bytes each.
// Beyond it the oldest half is forgotten, which costs full logins.
const maxTickets = 64 << 10

// tickets implements rpc.Tickets for one region.
type tickets struct {
	registry *Registry
	region   string
}

// Tickets implements registry.Registry.
func (r *Registry) Tickets(region string) rpc.Tickets { return tickets{r, region} }

// KeepTickets implements rpc.Tickets.
func (t tickets) KeepTickets(ctx context.Context, batch *rpc.TicketBatch) error {
	if err := live(ctx); err != nil {
		return err
	}
	if err := registry.CheckTickets(t.region, batch); err != nil {
		return err
	}
	s := t.registry.state
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.reachable(); err != nil {
		return err
	}
	box := s.tickets[t.region]
	if box == nil {
		box = new(generations)
		s.tickets[t.region] = box
	}
	for _, ticket := range batch.Items {
		ticket.Box = slices.Clone(ticket.Box)
		box.keep(ticket, time.Now().UnixMilli())
	}
	return nil
}

// TakeTicket implements rpc.Tickets.
func (t tickets) TakeTicket(ctx context.Context, take *rpc.TicketTake) (*rpc.Ticket, error) {
	if err := live(ctx); err != nil {
		return nil, err
	}
	s := t.registry.state
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.reachable(); err != nil {
		return nil, err
	}
	ticket, ok := s.tickets[t.region].take(take.ID)
	if !ok || ticket.Expires <= time.Now().UnixMilli() {
		return nil, registry.NoTicket()
	}
	return &ticket, nil
}

// generations hold tickets in two maps, of which the older one goes as a whole:
// when the younger one is full, or when nothing in it is of use any more.
type generations struct {
	young, old generation
}

// generation is tickets that came one after another.
type generation struct {
	tickets map[[16]byte]rpc.Ticket
	last    int64 // when the last of them expires
}

func (g *generations) keep(t rpc.Ticket, now int64) {
	if len(g.young.tickets) >= maxTickets/2 || g.young.last <= now {
		g.young, g.old = generation{tickets: make(map[[16]byte]rpc.Ticket)}, g.young
	}
	if g.old.last <= now {
		g.old = generation{}
	}
	delete(g.old.tickets, t.ID)
	g.young.tickets[t.ID] = t
	g.young.last = max(g.young.last, t.Expires)
}

// take removes a ticket; ok is false when it is not there. g may be nil.
func (g *generations) take(id [16]byte) (t rpc.Ticket, ok bool) {
	if g == nil {
		return t, false
	}
	for _, in := range []generation{g.young, g.old} {
		if t, ok = in.tickets[id]; ok {
			delete(in.tickets, id)
			return t, true
		}
	}
	return t, false
}

// Copy returns what puts back the tickets that there are now, as a server does
// that is restored from a copy. It is for tests of those who rely on tickets.
func (r *Registry) Copy() (restore func()) {
	r.state.mu.Lock()
	defer r.state.mu.Unlock()
	kept := make(map[string]generations)
	for region, g := range r.state.tickets {
		kept[region] = g.clone()
	}
	return func() {
		r.state.mu.Lock()
		defer r.state.mu.Unlock()
		for region, g := range kept {
			again := g.clone()
			r.state.tickets[region] = &again
		}
	}
}

func (g *generations) clone() generations {
	c := *g
	c.young.tickets, c.old.tickets = maps.Clone(g.young.tickets), maps.Clone(g.old.tickets)
	return c
}
