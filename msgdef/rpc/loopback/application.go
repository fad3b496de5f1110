package loopback

import (
	"context"

	"github.com/sim-im/sim/msgdef/rpc"
)

// Application returns a business service that reaches impl through bytes.
func Application(impl rpc.Application) rpc.Application {
	return application{impl}
}

// application carries the calls of rpc.Application.
type application struct {
	impl rpc.Application
}

func (a application) Handle(ctx context.Context, in *rpc.AppFrames) (*rpc.AppReplies, error) {
	return ask(ctx, in, a.impl.Handle)
}

// Applications returns what a route offers to business services, through bytes.
func Applications(impl rpc.Applications) rpc.Applications {
	return applications{impl}
}

// applications carries the calls of rpc.Applications.
type applications struct {
	impl rpc.Applications
}

func (a applications) Claim(ctx context.Context, in *rpc.Claim) (*rpc.ClaimReply, error) {
	return ask(ctx, in, a.impl.Claim)
}

func (a applications) Tell(ctx context.Context, in *rpc.AppNotices) (*rpc.AppTold, error) {
	return ask(ctx, in, a.impl.Tell)
}
