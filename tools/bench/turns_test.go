package bench

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// errEnough ends turns that would go on for an hour.
var errEnough = errors.New("enough")

// TestTurnsOmitNothing has one client that is too slow for the timetable. What
// it does is due all the same when it is.
func TestTurnsOmitNothing(t *testing.T) {
	const interval = 10 * time.Millisecond
	start := time.Now()
	var dues []time.Duration
	err := turns{timetable{span{start, start, start.Add(time.Hour)}, 100}}.run(t.Context(), 1, func(_ context.Context, _ int, due time.Time) error {
		dues = append(dues, due.Sub(start))
		if len(dues) == 4 {
			return errEnough
		}
		time.Sleep(3 * interval)
		return nil
	})
	if !errors.Is(err, errEnough) {
		t.Fatal(err)
	}
	for i, due := range dues {
		if want := time.Duration(i) * interval; due != want {
			t.Errorf("due %d is at %v, want %v", i, due, want)
		}
	}
}

// TestTurnsOfAClosedLoop begins as soon as the last turn is over, on every
// client, until the time is.
func TestTurnsOfAClosedLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var counts [3]atomic.Int32
		err := turns{timetable{span{start, start, start.Add(time.Second)}, 0}}.run(t.Context(), 3, func(_ context.Context, i int, _ time.Time) error {
			counts[i].Add(1)
			time.Sleep(100 * time.Millisecond)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for i := range counts {
			if n := counts[i].Load(); n != 10 {
				t.Errorf("client %d had %d turns, want 10", i, n)
			}
		}
	})
}

// TestTurnsEnd when nobody wants them any more.
func TestTurnsEnd(t *testing.T) {
	for _, rate := range []float64{0, 1000} {
		start := time.Now()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		err := turns{timetable{span{start, start, start.Add(time.Hour)}, rate}}.run(ctx, 2, func(ctx context.Context, _ int, _ time.Time) error {
			cancel()
			return sleepUntil(ctx, start.Add(time.Hour))
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("rate %g: the error is %v", rate, err)
		}
	}
}
