package gate

import (
	"context"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
	"github.com/sim-im/sim/msgdef/rpc"
)

var (
	_ rpc.Gate     = (*Server)(nil)
	_ rpc.SendSink = (*Server)(nil)
)

// Deliver implements rpc.Gate. It does not block. What cannot be queued is
// dropped and counted: heads heal it. The only error is that of ctx.
func (s *Server) Deliver(ctx context.Context, batch *rpc.Deliveries) error {
	if err := s.addressed(ctx, batch.Epoch, len(batch.To)); err != nil || batch.Epoch != s.options.Epoch {
		return err
	}
	sp := s.spread()
	defer sp.done()
	for i := range batch.To {
		to := &batch.To[i]
		if int(to.Message) >= len(batch.Messages) || len(batch.Messages[to.Message]) > msgdef.MaxStored {
			s.counts.drop(DropBad, 1)
			continue
		}
		if c := sp.find(to.Conn); c != nil {
			sp.list(c, c.notify(to.USeq, batch.Messages[to.Message]))
			sp.messages++
		}
	}
	return nil
}

// Push implements rpc.Gate, like Deliver.
func (s *Server) Push(ctx context.Context, batch *rpc.Frames) error {
	if err := s.addressed(ctx, batch.Epoch, len(batch.Items)); err != nil || batch.Epoch != s.options.Epoch {
		return err
	}
	sp := s.spread()
	defer sp.done()
	for i := range batch.Items {
		item := &batch.Items[i]
		if item.Type == 0 || len(item.Body) > frame.MaxBody {
			s.counts.drop(DropBad, 1)
			continue
		}
		if c := sp.find(item.Conn); c != nil {
			sp.list(c, c.forward(msgdef.Type(item.Type), item.Body))
			sp.frames++
		}
	}
	return nil
}

// Kick implements rpc.Gate. The client gets Kicked after everything that
// waited for it, then the connection closes. Errors are those of Deliver.
func (s *Server) Kick(ctx context.Context, batch *rpc.Kicks) error {
	if err := s.addressed(ctx, batch.Epoch, len(batch.Items)); err != nil || batch.Epoch != s.options.Epoch {
		return err
	}
	for i := range batch.Items {
		item := &batch.Items[i]
		c := s.conns.find(item.Conn)
		if c == nil {
			s.counts.drop(DropGone, 1)
			continue
		}
		reason := ReasonKicked
		if item.Code == msgdef.CodeReplaced {
			reason = ReasonReplaced
		}
		c.finish(reason, kicked(item.Code, item.Detail))
	}
	return nil
}

// Sent implements rpc.SendSink: it acknowledges what is durable and tells what
// failed. It does not block. An acknowledgement that collapses is healed by
// the SDK, which sends again under the same counter.
func (s *Server) Sent(results *rpc.SendResults) {
	sp := s.spread()
	defer sp.done()
	for i := range results.Items {
		item := &results.Items[i]
		if c := sp.find(item.Conn); c != nil {
			sp.list(c, sp.answer(c, item))
			sp.frames++
		}
	}
}

// addressed checks that a batch of n frames comes in time and counts one that
// is for an earlier process.
func (s *Server) addressed(ctx context.Context, epoch uint64, n int) error {
	if err := ctx.Err(); err != nil {
		return rpc.Errorf(msgdef.CodeTimeout, "%v", err)
	}
	if epoch != s.options.Epoch {
		s.counts.drop(DropEpoch, n)
	}
	return nil
}
