package loopback

import (
	"context"

	"github.com/sim-im/sim/msgdef/rpc"
)

func (s service) KeepSignIns(ctx context.Context, in *rpc.SignInBatch) error {
	return tell(ctx, in, s.impl.KeepSignIns)
}

func (s service) SignIns(ctx context.Context, in *rpc.SignInsQuery) (*rpc.SignInsReply, error) {
	return ask(ctx, in, s.impl.SignIns)
}

func (s service) Export(ctx context.Context, in *rpc.ExportQuery) (*rpc.ExportPage, error) {
	return ask(ctx, in, s.impl.Export)
}

func (s service) Whereabouts(ctx context.Context, in *rpc.WhereaboutsQuery) (*rpc.WhereaboutsReply, error) {
	return ask(ctx, in, s.impl.Whereabouts)
}
