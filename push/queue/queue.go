package queue

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// What a queue carries at most.
const (
	MaxBody  = 1024 // bytes of a message
	MaxBatch = 1000 // messages of one Publish
)

// HandlerTime is how long a handler may take. Its context ends then, and a
// message it has not answered by that time may be given to somebody else.
const HandlerTime = 30 * time.Second

var (
	// ErrClosed is returned after Close.
	ErrClosed = errors.New("queue: closed")

	// ErrTooLarge is returned for a batch or a message above the limits.
	ErrTooLarge = errors.New("queue: too large")

	// ErrFull is returned by a queue that takes no more for now.
	ErrFull = errors.New("queue: full")
)

// Handler takes a message; body is its own from then on. After nil the message
// is gone; after an error it comes again, here or elsewhere, about a second
// later. Handlers run at the same time, as many as the queue's options say.
type Handler func(ctx context.Context, body []byte) error

// Queue is unordered and gives every message to one consumer at least once. All
// methods may be called from any goroutine.
type Queue interface {
	// Publish adds messages and returns when the queue has them, or when ctx ends.
	// After an error some of them may have been added. The slices are the
	// caller's again when it returns.
	Publish(ctx context.Context, bodies [][]byte) error

	// Consume calls handler with messages until ctx ends, and returns nil when
	// the last call of it has returned. A queue that cannot be reached is tried
	// again, for as long as it takes.
	Consume(ctx context.Context, handler Handler) error

	// Health returns nil, or which queue cannot be reached now, and why.
	Health() error

	// Close ends publishing and consuming. Messages stay where they are kept.
	Close() error
}

// Check returns why bodies cannot be published, or nil. The error wraps
// ErrTooLarge.
func Check(bodies [][]byte) error {
	if len(bodies) > MaxBatch {
		return fmt.Errorf("%w: %d messages, at most %d", ErrTooLarge, len(bodies), MaxBatch)
	}
	for _, b := range bodies {
		if len(b) == 0 || len(b) > MaxBody {
			return fmt.Errorf("%w: a message of %d bytes, want 1 to %d", ErrTooLarge, len(b), MaxBody)
		}
	}
	return nil
}
