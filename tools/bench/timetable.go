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
		if err := sleepUntil(ctx, due); err != nil {
			return err
		}
		do(k, due)
	}
}
