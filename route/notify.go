package route

import (
	"context"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// Limits of the schema, see rpc.Notices and rpc.Deliveries.
const (
	maxMessages   = 4096
	maxRecipients = 65536
	maxDeliveries = 65536
)

// Notify implements rpc.Notifier. Each gate with a session of a recipient, or one
// that watches a big group, gets its deliveries in the order of the batch, normally in one call, with the bytes
// of the messages shared. A gate that fails loses what was for it, which is
// counted, and the others are served. Gates of a cluster are behind clients that
// queue, so no gate is waited for; where a gate is called directly, how long it
// may take is ctx's to say. Errors: CodeBadArgument; CodeUnavailable when all
// was delivered that is known here, and there may be more sessions.
func (s *Server) Notify(ctx context.Context, batch *rpc.Notices) error {
	if err := checkNotices(batch); err != nil {
		return err
	}
	n := &s.notify
	n.mu.Lock()
	defer n.mu.Unlock()
	for i := range batch.To {
		to := &batch.To[i]
		n.found = s.table.find(n.found[:0], to.UID, to.Except)
		for j := range n.found {
			s.enqueue(ctx, batch.Messages[to.Message], to.USeq, &n.found[j])
		}
	}
	s.enqueueTopics(ctx, batch)
	for i, g := range n.out.gates {
		s.deliver(ctx, g, n.out.batches[i])
	}
	n.out.reset()
	return s.incomplete()
}

// checkNotices finds what no service may send.
func checkNotices(batch *rpc.Notices) error {
	if len(batch.Messages) > maxMessages || len(batch.To) > maxRecipients {
		return rpc.Errorf(msgdef.CodeBadArgument, "%d messages to %d recipients, at most %d and %d",
			len(batch.Messages), len(batch.To), maxMessages, maxRecipients)
	}
	if len(batch.Topics) > maxTopics {
		return rpc.Errorf(msgdef.CodeBadArgument, "%d messages of big groups, at most %d", len(batch.Topics), maxTopics)
	}
	for i := range batch.Topics {
		if m := batch.Topics[i].Message; uint64(m) >= uint64(len(batch.Messages)) {
			return rpc.Errorf(msgdef.CodeBadArgument, "topic %d is message %d of %d", i, m, len(batch.Messages))
		}
	}
	for i := range batch.To {
		if m := batch.To[i].Message; uint64(m) >= uint64(len(batch.Messages)) {
			return rpc.Errorf(msgdef.CodeBadArgument, "recipient %d of message %d of %d", i, m, len(batch.Messages))
		}
	}
	return nil
}

// enqueue appends a delivery to the batch of a session's gate, and makes room
// first when that is full. Recipients of a message follow one another, so it
// is listed once per gate as a rule; were they mixed, it would be listed again.
// The notify lock is held.
func (s *Server) enqueue(ctx context.Context, message []byte, useq uint64, to *session) {
	out := s.notify.out.to(to.gate)
	if len(out.To) == maxDeliveries {
		s.deliver(ctx, to.gate, out)
	}
	index := s.listed(ctx, to.gate, out, message)
	out.To = append(out.To, rpc.Delivery{Message: index, Conn: to.conn, USeq: useq})
}

// listed returns the index of a message in a batch, which it is appended to unless
// it is the last one there. The notify lock is held.
func (s *Server) listed(ctx context.Context, g *gate, out *rpc.Deliveries, message []byte) uint32 {
	if n := len(out.Messages); n > 0 && same(out.Messages[n-1], message) {
		return uint32(n - 1)
	}
	if len(out.Messages) == maxMessages {
		s.deliver(ctx, g, out)
	}
	out.Messages = append(out.Messages, message)
	return uint32(len(out.Messages) - 1)
}

// same reports whether a and b are the same memory. Encoded messages are never
// empty; an empty one would only be listed again.
func same(a, b []byte) bool {
	return len(a) == len(b) && len(a) > 0 && &a[0] == &b[0]
}

// deliver hands a batch to its gate and empties it, keeping its memory but none
// of the messages. The notify lock is held.
func (s *Server) deliver(ctx context.Context, g *gate, out *rpc.Deliveries) {
	if n := len(out.To) + len(out.Topics); n > 0 {
		out.Epoch = g.epoch
		err := g.api.Deliver(ctx, out)
		s.losses.note(g, "deliver", n, err)
		if err == nil {
			s.counts.delivered.Add(uint64(n))
		}
	}
	clear(out.Messages)
	clear(out.Topics)
	out.Messages, out.To, out.Topics = out.Messages[:0], out.To[:0], out.Topics[:0]
}
