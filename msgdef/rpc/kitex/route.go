package kitex

import (
	"context"

	"github.com/sim-im/sim/msgdef/rpc"
)

// Route is the routes of a region as a gate sees them: any of them will do.
type Route struct {
	messages
}

var _ rpc.Route = (*Route)(nil)

// DialRoute returns a route at any of the endpoints. It does not connect yet.
// The error says which option is wrong.
func DialRoute(o ClientOptions) (*Route, error) {
	c, err := o.open(routeService())
	if err != nil {
		return nil, err
	}
	return &Route{newMessages(c)}, nil
}

// Register implements rpc.Sessions for one of the routes. Gates with several
// use a Roster for each.
func (r *Route) Register(ctx context.Context, in *rpc.SessionBatch) error {
	return tell(ctx, r.caller, methodRegister, in)
}

// Unregister implements rpc.Sessions for one of the routes.
func (r *Route) Unregister(ctx context.Context, in *rpc.SessionBatch) error {
	return tell(ctx, r.caller, methodUnregister, in)
}

// Presence implements rpc.Sessions.
func (r *Route) Presence(ctx context.Context, in *rpc.PresenceRequest) (*rpc.PresenceReply, error) {
	return ask[rpc.PresenceRequest, rpc.PresenceReply](ctx, r.caller, methodPresence, in)
}

// Roster is the image of a gate's sessions in one route.
type Roster struct {
	*caller
}

var _ rpc.Roster = (*Roster)(nil)

// DialRoster returns the roster of one route. It does not connect yet. The
// error says which option is wrong.
func DialRoster(o ClientOptions, e Endpoint) (*Roster, error) {
	c, err := o.only(e).open(routeService())
	if err != nil {
		return nil, err
	}
	return &Roster{c}, nil
}

// Update implements rpc.Roster.
func (r *Roster) Update(ctx context.Context, in *rpc.RosterUpdate) (*rpc.RosterReply, error) {
	return ask[rpc.RosterUpdate, rpc.RosterReply](ctx, r.caller, methodUpdate, in)
}

// Close ends calls under way with CodeShuttingDown.
func (r *Roster) Close() { r.caller.close() }

// Forward implements rpc.Forwarder.
func (r *Route) Forward(ctx context.Context, in *rpc.AppFrames) (*rpc.AppReplies, error) {
	return askOnce[rpc.AppFrames, rpc.AppReplies](ctx, r.caller, methodForward, in)
}

// KeepTickets implements rpc.Tickets.
func (r *Route) KeepTickets(ctx context.Context, in *rpc.TicketBatch) error {
	return tell(ctx, r.caller, methodKeepTickets, in)
}

// TakeTicket implements rpc.Tickets. When an answer gets lost, asking again
// finds nothing, which costs a full login.
func (r *Route) TakeTicket(ctx context.Context, in *rpc.TicketTake) (*rpc.Ticket, error) {
	return ask[rpc.TicketTake, rpc.Ticket](ctx, r.caller, methodTakeTicket, in)
}
