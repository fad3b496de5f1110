package app

import (
	"bytes"
	"context"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/codec"
	"github.com/sim-im/sim/msgdef/rpc"
)

// marginMost is how long before the route gives up answers go back, so that
// they arrive; of a shorter time it is a tenth.
const marginMost = 200 * time.Millisecond

// busyRetry is when a client may come again, in milliseconds.
const busyRetry = 500

// batch is a call of a route under way.
type batch struct {
	ctx   context.Context
	calls []*Call
	left  atomic.Int64
	done  chan struct{} // closed when no call is left
	bytes atomic.Int64  // of answers
}

var _ rpc.Application = (*Service)(nil)

// Handle implements rpc.Application. Handlers of frames that are not answered in
// time run on, but their answers go nowhere; frames that wait for them are not
// begun after that.
func (s *Service) Handle(ctx context.Context, frames *rpc.AppFrames) (*rpc.AppReplies, error) {
	if err := ctx.Err(); err != nil {
		return nil, rpc.Errorf(msgdef.CodeTimeout, "%v", err)
	}
	if err := frames.Validate(); err != nil {
		return nil, rpc.Errorf(msgdef.CodeBadArgument, "%v", err)
	}
	ctx, cancel := withMargin(ctx)
	defer cancel()
	b := &batch{ctx: ctx, done: make(chan struct{}), calls: make([]*Call, len(frames.Items))}
	b.left.Store(int64(len(frames.Items)))
	gate := strings.Clone(frames.Gate)
	for i := range frames.Items {
		b.calls[i] = s.begin(b, gate, &frames.Items[i])
	}
	if len(frames.Items) > 0 {
		select {
		case <-b.done:
		case <-ctx.Done():
		}
	}
	return s.collect(b), nil
}

// withMargin ends a little before ctx.
func withMargin(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	margin := min(time.Until(deadline)/10, marginMost)
	return context.WithDeadline(ctx, deadline.Add(-margin))
}

// begin has a frame handled when its user's turn comes.
func (s *Service) begin(b *batch, gate string, f *rpc.AppFrame) *Call {
	c := &Call{
		UID: f.UID, Device: f.Device, Gate: gate, Conn: f.Conn,
		Type: f.Type, Codec: codec.ID(f.Codec), Body: bytes.Clone(f.Body),
		service: s, batch: b,
	}
	s.counts.frames.Add(1)
	switch {
	case f.Type < s.options.First || f.Type > s.options.Last:
		c.finish(Refuse(msgdef.CodeUnknownType, ""))
	case !s.users.add(c, s.serve):
		s.counts.busy.Add(1)
		c.finish(&rpc.Error{Code: msgdef.CodeBusy, Retry: busyRetry, Detail: "too many requests wait"})
	}
	return c
}

// serve runs the handler, unless the route waits no longer.
func (s *Service) serve(c *Call) {
	if c.batch.ctx.Err() != nil {
		s.counts.skipped.Add(1)
		c.finish(errOutOfTime)
		return
	}
	c.finish(s.handle(c))
}

// handle runs the handler, and survives it.
func (s *Service) handle(c *Call) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.counts.panics.Add(1)
			s.options.Logger.Error("a handler panicked", "type", c.Type, "uid", c.UID, "value", p, "stack", string(debug.Stack()))
			err = errPanic
		}
	}()
	err = s.handler(c)
	if err != nil && !known(err) {
		s.counts.failed.Add(1)
		s.options.Logger.Warn("a handler failed", "type", c.Type, "uid", c.UID, "error", err)
	}
	return err
}

// collect takes the answers of a batch in the order of its frames. Who answers
// from now on is too late.
func (s *Service) collect(b *batch) *rpc.AppReplies {
	out := new(rpc.AppReplies)
	late := 0
	for i, c := range b.calls {
		replies, done := c.seal()
		if !done {
			late++
		}
		for _, r := range replies {
			r.Item = uint32(i)
			out.Items = append(out.Items, r)
		}
	}
	if late > 0 {
		s.counts.late.Add(uint64(late))
		s.options.Logger.Warn("handlers did not answer in time", "frames", late, "of", len(b.calls))
	}
	return cut(out)
}

// maxBatch is how many answers a batch may have.
const maxBatch = 4096

// cut drops answers beyond what a batch may have, but of every frame the first.
func cut(out *rpc.AppReplies) *rpc.AppReplies {
	extra := len(out.Items) - maxBatch
	if extra <= 0 {
		return out
	}
	kept := out.Items[:0]
	for i, r := range out.Items {
		if extra > 0 && i > 0 && len(kept) > 0 && kept[len(kept)-1].Item == r.Item {
			extra--
			continue
		}
		kept = append(kept, r)
	}
	out.Items = kept
	return out
}
