package kitex

import (
	"context"

	"github.com/sim-im/sim/msgdef/rpc"
)

// Application is one instance of a business service in another process.
type Application struct {
	*caller
}

var _ rpc.Application = (*Application)(nil)

// DialApplication returns an instance of a business service. It does not connect
// yet. The error says which option is wrong.
func DialApplication(o ClientOptions, e Endpoint) (*Application, error) {
	c, err := o.only(e).open(applicationService())
	if err != nil {
		return nil, err
	}
	return &Application{c}, nil
}

// DialClaims returns how a route reaches the instances that claim types, and
// what ends the use of one.
func DialClaims(o ClientOptions) func(rpc.Claim) (rpc.Application, func(), error) {
	return func(c rpc.Claim) (rpc.Application, func(), error) {
		a, err := DialApplication(o, Endpoint{ID: c.Service + "/" + c.Instance, Addr: c.Addr})
		if err != nil {
			return nil, nil, err
		}
		return a, a.Close, nil
	}
}

// Handle implements rpc.Application. Frames that may have arrived are not sent
// again: an error that is not Undone leaves open whether they were served.
func (a *Application) Handle(ctx context.Context, in *rpc.AppFrames) (*rpc.AppReplies, error) {
	return askOnce[rpc.AppFrames, rpc.AppReplies](ctx, a.caller, methodHandle, in)
}

// Close ends calls under way with CodeShuttingDown.
func (a *Application) Close() { a.caller.close() }

// Applications is one route as a business service sees it.
type Applications struct {
	*caller
}

var _ rpc.Applications = (*Applications)(nil)

// DialApplications returns what one route offers to business services. It does
// not connect yet. The error says which option is wrong.
func DialApplications(o ClientOptions, e Endpoint) (*Applications, error) {
	s := routeService()
	s.caller = applicationService().kind
	c, err := o.only(e).open(s)
	if err != nil {
		return nil, err
	}
	return &Applications{c}, nil
}

// Claim implements rpc.Applications.
func (a *Applications) Claim(ctx context.Context, in *rpc.Claim) (*rpc.ClaimReply, error) {
	return ask[rpc.Claim, rpc.ClaimReply](ctx, a.caller, methodClaim, in)
}

// Tell implements rpc.Applications. Notices that may have arrived are not sent
// again.
func (a *Applications) Tell(ctx context.Context, in *rpc.AppNotices) (*rpc.AppTold, error) {
	return askOnce[rpc.AppNotices, rpc.AppTold](ctx, a.caller, methodTell, in)
}

// Close ends calls under way with CodeShuttingDown.
func (a *Applications) Close() { a.caller.close() }
