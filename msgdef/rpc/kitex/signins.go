package kitex

import (
	"context"

	"github.com/sim-im/sim/msgdef/rpc"
)

// KeepSignIns implements rpc.SignIns.
func (m messages) KeepSignIns(ctx context.Context, in *rpc.SignInBatch) error {
	return tell(ctx, m.caller, methodKeepSignIns, in)
}

// SignIns implements rpc.SignIns.
func (m messages) SignIns(ctx context.Context, in *rpc.SignInsQuery) (*rpc.SignInsReply, error) {
	return ask[rpc.SignInsQuery, rpc.SignInsReply](ctx, m.caller, methodSignIns, in)
}

// Export implements rpc.Exports.
func (m messages) Export(ctx context.Context, in *rpc.ExportQuery) (*rpc.ExportPage, error) {
	return ask[rpc.ExportQuery, rpc.ExportPage](ctx, m.caller, methodExport, in)
}

// Whereabouts implements rpc.Contacts.
func (m messages) Whereabouts(ctx context.Context, in *rpc.WhereaboutsQuery) (*rpc.WhereaboutsReply, error) {
	return ask[rpc.WhereaboutsQuery, rpc.WhereaboutsReply](ctx, m.caller, methodWhereabouts, in)
}
