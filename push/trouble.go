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
	now  func() time.Time

	mu   sync.Mutex
	err  error
	back time.Time // when it worked again; zero when it never failed
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
		t.back = t.now()
		t.log.Info(t.what + " works again")
	}
	t.err = err
}

// recovered returns when it worked again; zero when it never failed.
func (t *trouble) recovered() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.back
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

func (t *troubles) open(log *slog.Logger, now func() time.Time) {
	t.due = trouble{what: "asking the outbox for rows", log: log, now: now}
	t.resolve = trouble{what: "resolving rows of the outbox", log: log, now: now}
	t.confirm = trouble{what: "confirming rows of the outbox", log: log, now: now}
	t.publish = trouble{what: "publishing to the queue", log: log, now: now}
	t.consume = trouble{what: "consuming the queue", log: log, now: now}
}

// outboxBack returns when the outbox worked again; zero when it never failed.
func (t *troubles) outboxBack() time.Time {
	back := t.due.recovered()
	for _, other := range []time.Time{t.resolve.recovered(), t.confirm.recovered()} {
		if other.After(back) {
			back = other
		}
	}
	return back
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
