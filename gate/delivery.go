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

// Most items of a batch, see rpc.
const (
	mostMessages   = 4096
	mostRecipients = 65536
	mostTopics     = 256
	mostFrames     = 4096
	mostKicks      = 4096
)

// Deliver implements rpc.Gate. It does not block. What cannot be queued is
// dropped and counted: heads heal it. Errors: CodeTimeout when ctx has ended,
// CodeBadArgument for a batch that is too large or names a message it does not
// have.
func (s *Server) Deliver(ctx context.Context, batch *rpc.Deliveries) error {
	ours, err := s.addressed(ctx, batch.Epoch, len(batch.To), mostRecipients)
	if !ours || err != nil {
		return err
	}
	if err := checkDeliveries(batch); err != nil {
		return err
	}
	if s.traces() {
		s.traceDelivered(batch.To)
	}
	sp := s.spread()
	defer sp.done()
	for i := range batch.To {
		to := &batch.To[i]
		message := batch.Messages[to.Message]
		if len(message) > msgdef.MaxStored {
			s.counts.drop(DropBad, 1)
			continue
		}
		if c := sp.find(to.Conn); c != nil {
			sp.list(c, c.notify(to.USeq, message))
			sp.messages++
		}
	}
	s.audiences.deliver(sp, batch)
	return nil
}

// checkDeliveries finds what no route may send.
func checkDeliveries(batch *rpc.Deliveries) error {
	if n := len(batch.Messages); n > mostMessages {
		return rpc.Errorf(msgdef.CodeBadArgument, "%d messages, at most %d", n, mostMessages)
	}
	if n := len(batch.Topics); n > mostTopics {
		return rpc.Errorf(msgdef.CodeBadArgument, "%d messages of big groups, at most %d", n, mostTopics)
	}
	for i := range batch.Topics {
		if int64(batch.Topics[i].Message) >= int64(len(batch.Messages)) {
			return rpc.Errorf(msgdef.CodeBadArgument, "item %d of big groups is message %d of %d",
				i, batch.Topics[i].Message, len(batch.Messages))
		}
	}
	for i := range batch.To {
		if int64(batch.To[i].Message) >= int64(len(batch.Messages)) {
			return rpc.Errorf(msgdef.CodeBadArgument, "item %d is message %d of %d",
				i, batch.To[i].Message, len(batch.Messages))
		}
	}
	return nil
}

// Push implements rpc.Gate, like Deliver. A frame of an application goes out in
// the codec of the connection, or not at all.
func (s *Server) Push(ctx context.Context, batch *rpc.Frames) error {
	ours, err := s.addressed(ctx, batch.Epoch, len(batch.Items), mostFrames)
	if !ours || err != nil {
		return err
	}
	if len(batch.Moved) > mostFrames {
		return rpc.Errorf(msgdef.CodeBadArgument, "%d users moved, at most %d", len(batch.Moved), mostFrames)
	}
	if len(batch.Moved) > 0 {
		s.presences.moved(batch.Moved)
	}
	sp := s.spread()
	defer sp.done()
	for i := range batch.Items {
		item := &batch.Items[i]
		if item.Type == 0 || max(len(item.Body), len(item.JSON)) > frame.MaxBody {
			s.counts.drop(DropBad, 1)
			continue
		}
		if c := sp.find(item.Conn); c != nil {
			sp.push(c, item)
		}
	}
	return nil
}

// Kick implements rpc.Gate. The client gets Kicked after everything that
// waited for it, then the connection closes. Errors are those of Deliver, and
// CodeForbidden for a term below the highest seen, whose items are dropped.
func (s *Server) Kick(ctx context.Context, batch *rpc.Kicks) error {
	ours, err := s.addressed(ctx, batch.Epoch, len(batch.Items), mostKicks)
	if !ours || err != nil {
		return err
	}
	if err := s.terms.admit(batch.Term); err != nil {
		s.counts.drop(DropTerm, len(batch.Items))
		return err
	}
	for i := range batch.Items {
		item := &batch.Items[i]
		c := s.conns.find(item.Conn)
		if c == nil {
			s.counts.drop(DropGone, 1)
			continue
		}
		c.finish(reasonOfKick(item.Code), &msgdef.Kicked{Code: item.Code, Detail: clip(item.Detail)})
	}
	return nil
}

// Sent implements rpc.SendSink: it acknowledges what is durable and tells what
// failed. It does not block. An acknowledgement that is dropped is healed by
// the SDK, which sends again under the same counter.
func (s *Server) Sent(results *rpc.SendResults) {
	if s.traces() {
		s.traceSent(results.Items)
	}
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

// addressed checks that a batch of n items comes in time and in bounds, and
// tells whether it is for this process. One for an earlier process is counted.
func (s *Server) addressed(ctx context.Context, epoch uint64, n, most int) (bool, error) {
	switch {
	case ctx.Err() != nil:
		return false, rpc.Errorf(msgdef.CodeTimeout, "%v", ctx.Err())
	case n > most:
		return false, rpc.Errorf(msgdef.CodeBadArgument, "%d items, at most %d", n, most)
	case epoch != s.options.Epoch:
		s.counts.drop(DropEpoch, n)
		return false, nil
	}
	return true, nil
}
