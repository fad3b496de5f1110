package nsq

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nsqio/go-nsq"

	"github.com/sim-im/sim/push/queue"
)

// Queue is a topic of an nsqd. It implements queue.Queue.
type Queue struct {
	addr     string
	options  Options
	producer *producer
	state    state
	once     sync.Once

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	calls  sync.WaitGroup // of the producer
}

var _ queue.Queue = (*Queue)(nil)

var errEnded = errors.New("the connection ended")

// Dial returns the queue that Options name in the nsqd at addr, a host:port. It
// does not need nsqd to be there; the error says which option is wrong.
func Dial(addr string, options Options) (*Queue, error) {
	options = options.withDefaults()
	if err := options.validate(addr); err != nil {
		return nil, err
	}
	q := &Queue{addr: addr, options: options, producer: newProducer(addr, chatter{options.Logger})}
	q.ctx, q.cancel = context.WithCancel(context.Background())
	q.state.open(addr, options.Logger)
	return q, nil
}

// Publish implements queue.Queue.
func (q *Queue) Publish(ctx context.Context, bodies [][]byte) error {
	if err := queue.Check(bodies); err != nil || len(bodies) == 0 {
		return err
	}
	cmd, err := nsq.MultiPublish(q.options.Topic, bodies) // copies them
	if err != nil {
		return fmt.Errorf("queue/nsq: %w", err)
	}
	err = q.bounded(ctx, func(ctx context.Context) error { return q.producer.send(ctx, cmd) })
	q.state.called(err)
	return err
}

// Health implements queue.Queue. It asks nsqd, for at most two seconds.
func (q *Queue) Health() error {
	if err := q.state.health(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(q.ctx, 2*time.Second)
	defer cancel()
	err := q.bounded(ctx, q.producer.ping)
	q.state.called(err)
	return err
}

// Close implements queue.Queue.
func (q *Queue) Close() error {
	q.once.Do(func() {
		q.cancel()
		q.calls.Wait()
		q.producer.close()
	})
	return nil
}

// bounded calls something of the producer and waits until ctx or the queue ends.
// Connecting knows no contexts, so the call may go on by itself until nsqd
// answers or is given up after 8 s.
func (q *Queue) bounded(ctx context.Context, call func(context.Context) error) error {
	if q.ctx.Err() != nil {
		return queue.ErrClosed
	}
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(q.ctx, cancel)
	done := make(chan error, 1)
	q.calls.Go(func() {
		defer cancel()
		defer stop()
		done <- call(ctx)
	})
	select {
	case err := <-done:
		return q.explain(err)
	case <-ctx.Done():
	}
	select {
	case err := <-done: // both at once
		return q.explain(err)
	default:
		return q.explain(ctx.Err())
	}
}

// explain names the nsqd that an error is about.
func (q *Queue) explain(err error) error {
	switch {
	case err == nil:
		return nil
	case q.ctx.Err() != nil:
		return queue.ErrClosed
	}
	return fmt.Errorf("nsqd at %s: %w", q.addr, err)
}
