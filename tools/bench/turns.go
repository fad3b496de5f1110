package bench

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"
)

// turns has clients do something over and over, each one thing at a time: in
// a closed loop as soon as it has done the last one, in an open loop when
// something is due and a client is free. Either way the latency of an operation
// counts from its due, however late it began. A rate of 0 is a closed loop.
type turns struct{ timetable }

// run returns when the measured time is over and every operation that was begun
// has ended. do gets the number of the client; an error of it ends the run.
func (t turns) run(ctx context.Context, clients int, do func(ctx context.Context, client int, due time.Time) error) error {
	if err := sleepUntil(ctx, t.Start); err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	next := t.atOnce
	if t.rate > 0 {
		due := make(chan time.Time)
		g.Go(func() error { return t.announce(ctx, due) })
		next = func() (time.Time, bool) { at, ok := <-due; return at, ok }
	}
	for i := range clients {
		g.Go(func() error {
			for due, ok := next(); ok; due, ok = next() {
				if err := do(ctx, i, due); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}

// atOnce is due now, until the measured time is over.
func (t turns) atOnce() (due time.Time, ok bool) {
	due = time.Now()
	return due, due.Before(t.To)
}

// announce hands over what is due. What finds no free client by the end of the
// measured time is not begun.
func (t turns) announce(ctx context.Context, to chan<- time.Time) error {
	defer close(to)
	ctx, cancel := context.WithDeadline(ctx, t.To)
	defer cancel()
	err := t.each(ctx, func(_ int, due time.Time) {
		select {
		case to <- due:
		case <-ctx.Done():
		}
	})
	if !time.Now().Before(t.To) {
		return nil // the deadline is the end, not a failure
	}
	return err
}
