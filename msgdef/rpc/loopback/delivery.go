package loopback

import (
	"context"

	"github.com/sim-im/sim/msgdef/rpc"
)

// Notifier returns a notifier that reaches impl through bytes.
func Notifier(impl rpc.Notifier) rpc.Notifier {
	return notifier{impl}
}

// notifier carries the calls of rpc.Notifier.
type notifier struct {
	impl rpc.Notifier
}

func (n notifier) Notify(ctx context.Context, in *rpc.Notices) error {
	return tell(ctx, in, n.impl.Notify)
}

// Evictor returns an evictor that reaches impl through bytes.
func Evictor(impl rpc.Evictor) rpc.Evictor {
	return evictor{impl}
}

// evictor carries the calls of rpc.Evictor.
type evictor struct {
	impl rpc.Evictor
}

func (e evictor) Evict(ctx context.Context, in *rpc.Evictions) error {
	return tell(ctx, in, e.impl.Evict)
}

// Gate returns a gate that reaches impl through bytes.
func Gate(impl rpc.Gate) rpc.Gate {
	return gate{impl}
}

// gate carries the calls of rpc.Gate.
type gate struct {
	impl rpc.Gate
}

func (g gate) Deliver(ctx context.Context, in *rpc.Deliveries) error {
	return tell(ctx, in, g.impl.Deliver)
}

func (g gate) Push(ctx context.Context, in *rpc.Frames) error {
	return tell(ctx, in, g.impl.Push)
}

func (g gate) Kick(ctx context.Context, in *rpc.Kicks) error {
	return tell(ctx, in, g.impl.Kick)
}
