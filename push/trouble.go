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
	of   *absence // nil for what is not the outbox

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
		t.of.began()
		t.log.Warn(t.what+" does not work; trying again", "error", err)
	case err == nil && t.err != nil:
		t.log.Info(t.what + " works again")
	}
	if t.err = err; err == nil {
		t.of.ended()
	}
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

	outbox absence
}

func (t *troubles) open(log *slog.Logger, now func() time.Time) {
	t.outbox = absence{now: now}
	t.due = trouble{what: "asking the outbox for rows", log: log, of: &t.outbox}
	t.resolve = trouble{what: "resolving rows of the outbox", log: log, of: &t.outbox}
	t.confirm = trouble{what: "confirming rows of the outbox", log: log, of: &t.outbox}
	t.publish = trouble{what: "publishing to the queue", log: log}
	t.consume = trouble{what: "consuming the queue", log: log}
}

// absence is whether the outbox is there, and since when. It is back when any
// call works: one that waits for rows says nothing for long.
type absence struct {
	now func() time.Time

	mu   sync.Mutex
	away bool
	back time.Time // zero when it was never away
}

// began notes that a kind of call fails which worked before.
func (a *absence) began() {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.away = true
}

// ended notes that a call worked.
func (a *absence) ended() {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.away {
		a.away, a.back = false, a.now()
	}
}

// since returns when the outbox came back; zero when it was never away.
func (a *absence) since() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.back
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
