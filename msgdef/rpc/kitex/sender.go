package kitex

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// Bounds of sending. One RPC carries up to maxSends messages, and more than
// mergedBytes only when one caller offered more. One RPC is under way at a time: what
// gathers meanwhile makes the next one, and the commit behind it, larger, and few
// large ones cost less than many small ones.
const (
	sendFlights  = 1
	maxSends     = 4096
	mergedBytes  = 1 << 20
	waitingSends = 65536
	waitingBytes = 16 << 20
	busyRetry    = 100 // milliseconds
)

// sender merges the Sends of many callers.
type sender struct {
	caller *caller
	gather gather[*unit, sends, *sends]
}

// unit is what one caller offers and waits for. The caller's batch is looked at
// only while it is being offered.
type unit struct {
	offered  []rpc.Send
	sink     rpc.SendSink
	deadline time.Time

	at, n   int           // its items in the batch
	settled atomic.Bool   // set by whoever decides its fate: outcomes, an error, or that nobody waits any more
	done    chan struct{} // closed when the sink was called or err is set
	err     error
}

// sends is a batch of units.
type sends struct {
	batch    rpc.Sends
	bodies   arena
	units    []*unit
	deadline time.Time // the latest of the units'

	sent rpc.SendResults // scratch of deliver
}

// newSender returns a sender over c.
func newSender(c *caller) *sender {
	s := &sender{caller: c}
	s.gather = gather[*unit, sends, *sends]{
		flights: sendFlights, bound: amount{items: waitingSends, bytes: waitingBytes}, size: (*unit).amount,
		fly: s.fly, lose: func(b *sends, _ amount) { b.fail(errClosed) },
	}
	return s
}

// send offers a batch and waits until the sink was given its outcomes. Who
// gives up meanwhile gets none.
func (s *sender) send(ctx context.Context, batch *rpc.Sends, sink rpc.SendSink) error {
	if err := batch.Validate(); err != nil {
		return rpc.Errorf(msgdef.CodeBadArgument, "%v", err)
	}
	ctx, cancel := context.WithTimeout(ctx, s.caller.options.timeoutOf(methodSend))
	defer cancel()
	if ctx.Err() != nil {
		return rpc.Errorf(msgdef.CodeTimeout, "send: %v", ctx.Err())
	}
	if len(batch.Items) == 0 {
		return nil
	}
	u := &unit{offered: batch.Items, sink: sink, done: make(chan struct{})}
	u.deadline, _ = ctx.Deadline()
	if err := s.gather.offer(u); err != nil {
		return refusedOffer(err)
	}
	select {
	case <-u.done:
	case <-ctx.Done():
		if !u.settled.Swap(true) {
			return rpc.Errorf(msgdef.CodeTimeout, "send: %v", ctx.Err())
		}
		<-u.done
	}
	return u.err
}

// refusedOffer says why a queue did not take something.
func refusedOffer(err error) *rpc.Error {
	if err == errEnded { //nolint:errorlint // itself
		return errClosed
	}
	return &rpc.Error{Code: msgdef.CodeBusy, Detail: err.Error(), Retry: busyRetry}
}

// fly makes the call of a batch and hands its units what is theirs.
func (s *sender) fly(b *sends, weight amount) {
	s.caller.merged(weight)
	left := time.Until(b.deadline)
	if left <= 0 {
		b.fail(rpc.Errorf(msgdef.CodeTimeout, "send: waited too long"))
		return
	}
	raw, err := s.caller.call(context.Background(), request{
		method: methodSend, raw: b.batch.Append(nil), timeout: left,
	})
	var reply rpc.SendResults
	if err == nil {
		err = decodeOutcomes(&reply, raw, len(b.batch.Items))
	}
	if err != nil {
		b.fail(asCaller(err))
		return
	}
	b.deliver(reply.Items)
}

// deliver hands out the outcomes of all units. Neighbours with one sink, as
// those of a gate are, share a call of it: what comes to a gate together is
// written together.
func (b *sends) deliver(results []rpc.SendResult) {
	for from := 0; from < len(b.units); {
		sink, to := b.units[from].sink, from
		b.sent.Items = b.sent.Items[:0]
		for ; to < len(b.units) && b.units[to].sink == sink; to++ {
			u := b.units[to]
			if u.settled.Swap(true) {
				b.units[to] = nil // it has left
				continue
			}
			b.sent.Items = append(b.sent.Items, results[u.at:u.at+u.n]...)
		}
		if len(b.sent.Items) > 0 {
			sink.Sent(&b.sent)
		}
		for _, u := range b.units[from:to] {
			if u != nil {
				close(u.done)
			}
		}
		from = to
	}
}

// decodeOutcomes reads an answer to n messages.
func decodeOutcomes(reply *rpc.SendResults, raw []byte, n int) error {
	err := reply.DecodeAlias(raw)
	if err == nil && len(reply.Items) != n {
		err = fmt.Errorf("%d outcomes for %d messages", len(reply.Items), n)
	}
	if err != nil {
		return rpc.Errorf(msgdef.CodeMalformed, "the answer to %s: %v", methodSend, err)
	}
	return nil
}

// close fails what waits and waits for what flies. The link is closed by then.
func (s *sender) close() {
	s.gather.close()
	_ = s.gather.flush(context.Background())
}

// amount is what a unit weighs.
func (u *unit) amount() amount {
	a := amount{items: len(u.offered)}
	for i := range u.offered {
		a.bytes += len(u.offered[i].Body) + len(u.offered[i].Extra)
	}
	return a
}

// room implements load.
func (b *sends) room(u *unit) bool {
	size := u.amount()
	return len(b.batch.Items)+size.items <= maxSends && len(b.bodies)+size.bytes <= mergedBytes
}

// put implements load.
func (b *sends) put(u *unit) {
	u.at, u.n = len(b.batch.Items), len(u.offered)
	b.batch.Items = append(b.batch.Items, u.offered...)
	for i := range b.batch.Items[u.at:] {
		item := &b.batch.Items[u.at+i]
		item.Body, item.Extra = b.bodies.copy(item.Body), b.bodies.copy(item.Extra)
	}
	u.offered = nil
	b.units = append(b.units, u)
	if u.deadline.After(b.deadline) {
		b.deadline = u.deadline
	}
}

// reset implements load.
func (b *sends) reset() {
	clear(b.batch.Items)
	clear(b.units)
	b.bodies.reset()
	b.batch.Items, b.units, b.deadline = b.batch.Items[:0], b.units[:0], time.Time{}
}

// fail tells all units why nothing of them is known.
func (b *sends) fail(err error) {
	for _, u := range b.units {
		if !u.settled.Swap(true) {
			u.err = err
			close(u.done)
		}
	}
}
