package push

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// trouble is whether something works that a Server needs. A change is logged
// once; what stays as it is, is not.
type trouble struct {
	what string
	log  *slog.Logger

	mu  sync.Mutex
	err error
}

// note takes the end of a call under ctx. One that was given up says nothing.
func (t *trouble) note(ctx context.Context, err error) {
	if err != nil && ctx.Err() != nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case err != nil && t.err == nil:
		t.log.Warn(t.what+" does not work; trying again", "error", err)
	case err == nil && t.err != nil:
		t.log.Info(t.what + " works again")
	}
	t.err = err
}

// health returns what is wrong, or nil.
func (t *trouble) health() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", t.what, t.err)
}

// troubles is what a Server needs, apart: one of them may fail while others work.
type troubles struct {
	due, resolve, confirm trouble // calls of the outbox
	publish, consume      trouble // of the queue
}

func (t *troubles) open(log *slog.Logger) {
	t.due = trouble{what: "asking the outbox for rows", log: log}
	t.resolve = trouble{what: "resolving rows of the outbox", log: log}
	t.confirm = trouble{what: "confirming rows of the outbox", log: log}
	t.publish = trouble{what: "publishing to the queue", log: log}
	t.consume = trouble{what: "consuming the queue", log: log}
}

func (t *troubles) health() error {
	return errors.Join(t.due.health(), t.resolve.health(), t.confirm.health(),
		t.publish.health(), t.consume.health())
}

// sleep waits for d or the end of ctx, and returns the next, longer wait.
func sleep(ctx context.Context, d time.Duration) time.Duration {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
	return min(2*d, lastRetry)
}
