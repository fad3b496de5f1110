package kitex

import (
	"context"
	"errors"

	"github.com/sim-im/sim/msgdef/rpc"
)

// Gate is one gate in another process. Its calls copy what they are given into
// a queue and return; each method has a queue and an order of its own, so that a
// kick does not wait for deliveries.
type Gate struct {
	*caller
	deliveries *lane[rpc.Deliveries, deliveries, *deliveries]
	pushes     *lane[rpc.Frames, pushes, *pushes]
	kicks      *lane[rpc.Kicks, kicks, *kicks]
}

var _ rpc.Gate = (*Gate)(nil)

// DialGate returns a gate. It does not connect yet. The error says which option
// is wrong.
func DialGate(o ClientOptions, e Endpoint) (*Gate, error) {
	c, err := o.only(e).open(gateService())
	if err != nil {
		return nil, err
	}
	return &Gate{
		caller:     c,
		deliveries: newLane[rpc.Deliveries, deliveries](c, request{method: methodDeliver}, weighDeliveries),
		pushes:     newLane[rpc.Frames, pushes](c, request{method: methodPush}, weighPushes),
		kicks:      newLane[rpc.Kicks, kicks](c, request{method: methodKick}, weighKicks),
	}, nil
}

// Deliver implements rpc.Gate. An error with CodeBusy says that the queue is
// full and the batch was dropped.
func (g *Gate) Deliver(ctx context.Context, in *rpc.Deliveries) error {
	if err := checkDeliveries(in); err != nil {
		return err
	}
	return g.deliveries.add(ctx, in)
}

// Push implements rpc.Gate, like Deliver.
func (g *Gate) Push(ctx context.Context, in *rpc.Frames) error {
	if err := checkPushes(in); err != nil {
		return err
	}
	return g.pushes.add(ctx, in)
}

// Kick implements rpc.Gate, like Deliver.
func (g *Gate) Kick(ctx context.Context, in *rpc.Kicks) error {
	if err := checkKicks(in); err != nil {
		return err
	}
	return g.kicks.add(ctx, in)
}

// Flush waits until everything queued was sent or dropped.
func (g *Gate) Flush(ctx context.Context) error {
	return errors.Join(g.deliveries.flush(ctx), g.pushes.flush(ctx), g.kicks.flush(ctx))
}

// Close drops what is queued and ends calls under way.
func (g *Gate) Close() {
	g.caller.close()
	g.deliveries.close()
	g.pushes.close()
	g.kicks.close()
}
