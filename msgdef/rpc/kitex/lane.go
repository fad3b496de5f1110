package kitex

import (
	"context"
	"errors"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// Bounds of what waits in a lane, beyond the call in flight. A single batch may
// weigh more when nothing else waits.
const (
	laneItems = 4 * maxRecipients
	laneBytes = 16 << 20
)

// cargo is a batch of a lane.
type cargo[U, B any] interface {
	load[U, B]
	Append(dst []byte) []byte
}

// lane is a queue towards the far end of one method, one call in flight.
type lane[U, B any, P cargo[*U, B]] struct {
	caller  *caller
	request request // without the argument
	gather  gather[*U, B, P]
}

// newLane returns an empty lane for a method. size weighs an offer.
func newLane[U, B any, P cargo[*U, B]](c *caller, r request, size func(*U) amount) *lane[U, B, P] {
	r.timeout = laneTimeout
	l := &lane[U, B, P]{caller: c, request: r}
	l.gather = gather[*U, B, P]{
		flights: 1, bound: amount{items: laneItems, bytes: laneBytes}, size: size,
		fly: l.fly, lose: func(_ P, weight amount) { c.dropped(DropClosed, weight.items) },
	}
	return l
}

// add queues a copy of what was checked by now. An error says that it was
// dropped.
func (l *lane[U, B, P]) add(ctx context.Context, in *U) error {
	if ctx.Err() != nil {
		return rpc.Errorf(msgdef.CodeTimeout, "%s: %v", l.request.method, ctx.Err())
	}
	err := l.gather.offer(in)
	if err == nil {
		return nil
	}
	refusal := refusedOffer(err)
	l.caller.dropped(dropReason(refusal), l.gather.size(in).items)
	return refusal
}

// fly makes the call of a batch.
func (l *lane[U, B, P]) fly(b P, weight amount) {
	l.caller.merged(weight)
	r := l.request
	r.raw = b.Append(nil)
	if _, err := l.caller.call(context.Background(), r); err != nil {
		l.caller.dropped(dropReason(err), weight.items)
		l.caller.options.Logger.Debug("dropped", "method", r.method, "items", weight.items, "error", err)
	}
}

// dropReason is the label of an error.
func dropReason(err error) Reason {
	switch {
	case errors.Is(err, errNobody):
		return DropNobody
	case isLost(err):
		return DropLost
	case err == errClosed: //nolint:errorlint // itself
		return DropClosed
	}
	switch rpc.CodeOf(err) {
	case msgdef.CodeBusy:
		return DropFull
	case msgdef.CodeTimeout:
		return DropTimeout
	case msgdef.CodeUnavailable:
		return DropPartial
	}
	return DropRefused
}

// flush waits until everything was sent or dropped.
func (l *lane[U, B, P]) flush(ctx context.Context) error {
	if err := l.gather.flush(ctx); err != nil {
		return rpc.Errorf(msgdef.CodeTimeout, "%s: %v", l.request.method, err)
	}
	return nil
}

// close drops what waits and waits for what flies. The link is closed by then.
func (l *lane[U, B, P]) close() {
	l.gather.close()
	_ = l.gather.flush(context.Background())
}
