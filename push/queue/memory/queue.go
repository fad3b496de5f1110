package memory

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/sim-im/sim/push/queue"
)

// Options bound a Queue. Zero fields take the value in their comment.
type Options struct {
	Capacity int           // messages waiting: 65,536
	InFlight int           // handlers of one Consume at the same time: 128
	Retry    time.Duration // until a message comes again: 1 s
}

func (o Options) withDefaults() Options {
	if o.Capacity == 0 {
		o.Capacity = 65536
	}
	if o.InFlight == 0 {
		o.InFlight = 128
	}
	if o.Retry == 0 {
		o.Retry = time.Second
	}
	return o
}

func (o Options) validate() error {
	if o.Capacity < 1 || o.InFlight < 1 || o.Retry < 0 {
		return errors.New("queue/memory: an option is negative")
	}
	return nil
}

// Queue implements queue.Queue.
type Queue struct {
	options Options
	wake    chan struct{} // holds one wake-up
	closed  chan struct{}

	mu      sync.Mutex
	waiting [][]byte // oldest first
	ended   bool
}

var _ queue.Queue = (*Queue)(nil)

// New returns an empty queue. The error says which option is wrong.
func New(options Options) (*Queue, error) {
	options = options.withDefaults()
	if err := options.validate(); err != nil {
		return nil, err
	}
	return &Queue{options: options, wake: make(chan struct{}, 1), closed: make(chan struct{})}, nil
}

// Publish implements queue.Queue. It adds all or, with queue.ErrFull, none.
func (q *Queue) Publish(ctx context.Context, bodies [][]byte) error {
	if err := queue.Check(bodies); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.ended:
		return queue.ErrClosed
	case len(q.waiting)+len(bodies) > q.options.Capacity:
		return queue.ErrFull
	}
	for _, b := range bodies {
		q.waiting = append(q.waiting, bytes.Clone(b))
	}
	q.signal()
	return nil
}

// Consume implements queue.Queue.
func (q *Queue) Consume(ctx context.Context, handler queue.Handler) error {
	slots := make(chan struct{}, q.options.InFlight)
	var running sync.WaitGroup
	defer running.Wait()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-q.closed:
			return queue.ErrClosed
		case slots <- struct{}{}:
		}
		body, err := q.take(ctx)
		if body == nil {
			return err
		}
		running.Go(func() {
			defer func() { <-slots }()
			q.handle(ctx, handler, body)
		})
	}
}

// Health implements queue.Queue.
func (q *Queue) Health() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.ended {
		return queue.ErrClosed
	}
	return nil
}

// Close implements queue.Queue.
func (q *Queue) Close() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.ended {
		q.ended = true
		close(q.closed)
	}
	return nil
}

// handle gives one message out, and puts it back when it was not taken.
func (q *Queue) handle(ctx context.Context, handler queue.Handler, body []byte) {
	ctx, cancel := context.WithTimeout(ctx, queue.HandlerTime)
	defer cancel()
	kept := bytes.Clone(body)
	if handler(ctx, body) == nil {
		return
	}
	time.AfterFunc(q.options.Retry, func() {
		q.mu.Lock()
		q.waiting = append(q.waiting, kept)
		q.mu.Unlock()
		q.signal()
	})
}

// take returns the oldest message and waits for one; nil when there will be
// none, with nil where that is because ctx ended.
func (q *Queue) take(ctx context.Context) ([]byte, error) {
	for {
		q.mu.Lock()
		if len(q.waiting) > 0 && ctx.Err() == nil && !q.ended {
			body := q.waiting[0]
			q.waiting = q.waiting[1:]
			if len(q.waiting) > 0 {
				q.signal() // for another consumer
			}
			q.mu.Unlock()
			return body, nil
		}
		q.mu.Unlock()
		select {
		case <-ctx.Done():
			return nil, nil
		case <-q.closed:
			return nil, queue.ErrClosed
		case <-q.wake:
		}
	}
}

func (q *Queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default: // a wake-up is under way already
	}
}
