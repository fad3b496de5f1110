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
	producer *nsq.Producer
	state    state

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	calls  sync.WaitGroup // of the producer, and subscriptions
}

var _ queue.Queue = (*Queue)(nil)

// Dial returns the queue that Options name in the nsqd at addr, a host:port. It
// does not need nsqd to be there; the error says which option is wrong.
func Dial(addr string, options Options) (*Queue, error) {
	options = options.withDefaults()
	if err := options.validate(addr); err != nil {
		return nil, err
	}
	producer, err := nsq.NewProducer(addr, config())
	if err != nil {
		return nil, fmt.Errorf("queue/nsq: %w", err)
	}
	producer.SetLogger(chatter{options.Logger}, nsq.LogLevelInfo)
	q := &Queue{addr: addr, options: options, producer: producer}
	q.ctx, q.cancel = context.WithCancel(context.Background())
	q.state.open(addr, options.Logger)
	return q, nil
}

// Publish implements queue.Queue.
func (q *Queue) Publish(ctx context.Context, bodies [][]byte) error {
	if err := queue.Check(bodies); err != nil || len(bodies) == 0 {
		return err
	}
	copies := make([][]byte, len(bodies)) // the producer may send them after ctx has ended
	for i, b := range bodies {
		copies[i] = append([]byte(nil), b...)
	}
	err := q.bounded(ctx, func() error { return q.producer.MultiPublish(q.options.Topic, copies) })
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
	err := q.bounded(ctx, q.producer.Ping)
	q.state.called(err)
	return err
}

// Close implements queue.Queue.
func (q *Queue) Close() error {
	q.cancel()
	q.producer.Stop()
	q.calls.Wait()
	return nil
}

// bounded calls something of the producer, which knows no contexts, and waits
// until ctx ends. The call then goes on by itself until nsqd answers or is given
// up.
func (q *Queue) bounded(ctx context.Context, call func() error) error {
	if q.ctx.Err() != nil {
		return queue.ErrClosed
	}
	done := make(chan error, 1)
	q.calls.Go(func() { done <- call() })
	select {
	case err := <-done:
		return q.explain(err)
	case <-ctx.Done():
		return q.explain(ctx.Err())
	case <-q.ctx.Done():
		return queue.ErrClosed
	}
}

// explain names the nsqd that an error is about.
func (q *Queue) explain(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, nsq.ErrStopped), q.ctx.Err() != nil:
		return queue.ErrClosed
	}
	return fmt.Errorf("nsqd at %s: %w", q.addr, err)
}
