package push

import (
	"context"
	"time"

	"github.com/sim-im/sim/msgdef/rpc"
)

// publish moves rows that are due from the outbox to the queue until ctx ends.
// It asks for none while this server's own worker is full: the outbox is where
// rows wait best.
func (s *Server) publish(ctx context.Context) {
	wait := firstRetry
	for s.board.roomy(ctx) {
		rows, err := s.due(ctx)
		s.troubles.due.note(ctx, err)
		if err != nil {
			wait = sleep(ctx, wait)
			continue
		}
		wait = firstRetry
		if len(rows) > 0 {
			s.enqueue(ctx, rows, s.options.Now())
		}
	}
}

// due waits for rows.
func (s *Server) due(ctx context.Context) ([]rpc.PushRow, error) {
	ctx, cancel := context.WithTimeout(ctx, longPoll+callTimeout)
	defer cancel()
	reply, err := s.options.Outbox.Due(ctx, &rpc.DueRequest{
		Limit: maxBatch,
		Wait:  uint32(longPoll.Milliseconds()),
		Hold:  uint32(s.options.Hold.Milliseconds()),
	})
	if err != nil {
		return nil, err
	}
	return reply.Items, nil
}

// enqueue publishes references. A queue that is down is tried for as long as
// the rows are held; then they are due again.
func (s *Server) enqueue(ctx context.Context, rows []rpc.PushRow, published time.Time) {
	bodies := make([][]byte, len(rows))
	for i := range rows {
		bodies[i] = appendReference(nil, &rows[i], published)
	}
	for wait := firstRetry; ctx.Err() == nil && s.options.Now().Before(s.latest(published)); wait = sleep(ctx, wait) {
		err := s.offer(ctx, bodies)
		s.troubles.publish.note(ctx, err)
		if err == nil {
			s.counts.published.Add(uint64(len(rows)))
			return
		}
	}
}

func (s *Server) offer(ctx context.Context, bodies [][]byte) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	return s.options.Queue.Publish(ctx, bodies)
}

// latest is when a provider may be called at the latest for a row that was
// published then: the call has ended, and a second one of its time has passed,
// before the row is due again.
func (s *Server) latest(published time.Time) time.Time {
	return published.Add(s.options.Hold - 2*s.options.Timeout)
}
