package route_test

import (
	"context"
	"sync/atomic"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// countingGate is the far end of a route: it counts, or fails.
type countingGate struct {
	calls      atomic.Int64
	deliveries atomic.Int64
	kicks      atomic.Int64
	err        error // of every call, when set

	onKick func(*rpc.Kicks)
}

// Deliver implements rpc.Gate.
func (g *countingGate) Deliver(_ context.Context, batch *rpc.Deliveries) error {
	g.calls.Add(1)
	if g.err != nil {
		return g.err
	}
	g.deliveries.Add(int64(len(batch.To)))
	return nil
}

// Push implements rpc.Gate.
func (g *countingGate) Push(context.Context, *rpc.Frames) error {
	g.calls.Add(1)
	return g.err
}

// Kick implements rpc.Gate.
func (g *countingGate) Kick(ctx context.Context, batch *rpc.Kicks) error {
	g.calls.Add(1)
	if ctx.Err() != nil {
		return rpc.Errorf(msgdef.CodeTimeout, "%v", ctx.Err())
	}
	g.kicks.Add(int64(len(batch.Items)))
	if g.onKick != nil {
		g.onKick(batch)
	}
	return g.err
}

// sessions is a batch of a gate "g" in epoch 1.
func sessions(items ...rpc.Session) *rpc.SessionBatch {
	return &rpc.SessionBatch{Gate: "g", Epoch: 1, Items: items}
}
