package route

import (
	"context"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// KeepTickets implements rpc.Tickets with Options.Tickets.
func (s *Server) KeepTickets(ctx context.Context, batch *rpc.TicketBatch) error {
	if s.options.Tickets == nil {
		return rpc.Errorf(msgdef.CodeUnavailable, "this route keeps no tickets")
	}
	return s.options.Tickets.KeepTickets(ctx, batch)
}

// TakeTicket implements rpc.Tickets with Options.Tickets.
func (s *Server) TakeTicket(ctx context.Context, take *rpc.TicketTake) (*rpc.Ticket, error) {
	if s.options.Tickets == nil {
		return nil, rpc.Errorf(msgdef.CodeUnavailable, "this route keeps no tickets")
	}
	return s.options.Tickets.TakeTicket(ctx, take)
}
