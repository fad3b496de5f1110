package nsq

import (
	"context"
	"time"

	"github.com/sim-im/sim/push/queue"
)

// Consume implements queue.Queue: one subscription after the other until ctx
// or the queue ends.
func (q *Queue) Consume(ctx context.Context, handler queue.Handler) error {
	if q.ctx.Err() != nil {
		return queue.ErrClosed
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(q.ctx, cancel)()
	q.state.consuming(1)
	defer q.state.consuming(-1)

	wait := firstRetry
	for ctx.Err() == nil {
		s := newSubscription(q, handler)
		if err := s.connect(); err != nil {
			q.state.disconnected(err)
			pause(ctx, wait)
			wait = min(2*wait, lastRetry)
			continue
		}
		wait = firstRetry
		q.state.connected()
		err := s.serve(ctx)
		if ctx.Err() == nil {
			q.state.disconnected(err)
			pause(ctx, wait)
		}
	}
	if q.ctx.Err() != nil {
		return queue.ErrClosed
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
