package client

import (
	"errors"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// HandleTickets implements msgdef.DownHandler.
func (s *session) HandleTickets(m *msgdef.Tickets) error {
	if len(m.List) > s.asked {
		return protocolError("%d tickets where %d were asked for", len(m.List), s.asked)
	}
	s.asked -= len(m.List)
	var tickets []Ticket
	for _, t := range m.List {
		tickets = append(tickets, Ticket{
			ID: t.ID, Secret: s.link.keys.TicketSecret(t.ID), Suite: s.link.keys.Suite(),
			Expires: time.UnixMilli(t.Expires), Full: s.full,
		})
	}
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	s.c.wallet = s.c.wallet.put(tickets)
	return nil
}

// room is how many tickets can be put into the wallet.
func (c *Client) room() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maxTickets - len(c.wallet)
}

// dropTickets empties the wallet after a refusal that is of the user or the
// device: what tickets stand for holds no more.
func (c *Client) dropTickets(err error) {
	var e *Error
	refused := errors.As(err, &e) && class(e.Code) == 2 && !errors.Is(err, ErrUnconfirmed)
	if !refused && !errors.Is(err, ErrKicked) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wallet = nil
}
