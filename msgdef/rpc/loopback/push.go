package loopback

import (
	"context"

	"github.com/sim-im/sim/msgdef/rpc"
)

// Leases returns leases that reach impl through bytes.
func Leases(impl rpc.Leases) rpc.Leases {
	return leases{impl}
}

// leases carries the calls of rpc.Leases.
type leases struct {
	impl rpc.Leases
}

func (l leases) Lease(ctx context.Context, in *rpc.LeaseRequest) (*rpc.LeaseReply, error) {
	return ask(ctx, in, l.impl.Lease)
}

// Outbox returns an outbox that reaches impl through bytes.
func Outbox(impl rpc.Outbox) rpc.Outbox {
	return outbox{impl}
}

// outbox carries the calls of rpc.Outbox.
type outbox struct {
	impl rpc.Outbox
}

func (o outbox) Due(ctx context.Context, in *rpc.DueRequest) (*rpc.DueReply, error) {
	return ask(ctx, in, o.impl.Due)
}

func (o outbox) Resolve(ctx context.Context, in *rpc.PushRows) (*rpc.PushTargets, error) {
	return ask(ctx, in, o.impl.Resolve)
}

func (o outbox) Confirm(ctx context.Context, in *rpc.PushOutcomes) error {
	return tell(ctx, in, o.impl.Confirm)
}
