package loopback

import (
	"context"

	"github.com/sim-im/sim/msgdef/rpc"
)

// Route returns a route that reaches impl through bytes.
func Route(impl rpc.Route) rpc.Route {
	return route{service{impl}, impl}
}

// route carries the calls of rpc.Route.
type route struct {
	service
	impl rpc.Route
}

func (r route) Register(ctx context.Context, in *rpc.SessionBatch) error {
	return tell(ctx, in, r.impl.Register)
}

func (r route) Unregister(ctx context.Context, in *rpc.SessionBatch) error {
	return tell(ctx, in, r.impl.Unregister)
}

func (r route) Presence(ctx context.Context, in *rpc.PresenceRequest) (*rpc.PresenceReply, error) {
	return ask(ctx, in, r.impl.Presence)
}

func (r route) Forward(ctx context.Context, in *rpc.AppFrames) (*rpc.AppReplies, error) {
	return ask(ctx, in, r.impl.Forward)
}

func (r route) KeepTickets(ctx context.Context, in *rpc.TicketBatch) error {
	return tell(ctx, in, r.impl.KeepTickets)
}

func (r route) TakeTicket(ctx context.Context, in *rpc.TicketTake) (*rpc.Ticket, error) {
	return ask(ctx, in, r.impl.TakeTicket)
}
