package bench

import (
	"context"
	"time"
)

// timetable says when the operations of an open loop are due, from the start
// of a span to its end, whatever became of those before.
type timetable struct {
	span
	rate float64 // operations per second
}

// each calls do for every operation k when it is due, or at once when that is
// over.
func (t timetable) each(ctx context.Context, do func(k int, due time.Time)) error {
	interval := float64(time.Second) / t.rate
	for k := 0; ; k++ {
		due := t.Start.Add(time.Duration(float64(k) * interval))
		if !due.Before(t.To) {
			return nil
		}
		if err := punctual(ctx, due); err != nil {
			return err
		}
		do(k, due)
	}
}

// timerSlack is more than timers of the runtime are late: when nothing else
// wakes the process, they count in whole milliseconds.
const timerSlack = 2 * time.Millisecond

// punctual is sleepUntil without the lateness of timers, which would look like
// latency of the server. It keeps a thread for the last part of the wait.
func punctual(ctx context.Context, t time.Time) error {
	if err := sleepUntil(ctx, t.Add(-timerSlack)); err != nil {
		return err
	}
	for wait := time.Until(t); wait > 0; wait = time.Until(t) {
		pause(wait)
	}
	return nil
}
