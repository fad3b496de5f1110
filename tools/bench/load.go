package bench

import (
	"context"
	"fmt"
	"io"
	"time"
)

// load is the clients of one process, ready to begin.
type load interface {
	// run does the work of the mode over s and returns when everything that was
	// begun is over, or was waited for long enough. A promise that the server
	// broke is in the totals, not in the error.
	run(ctx context.Context, s span) error

	// totals returns what was counted; run has returned.
	totals() Totals

	// close ends the clients.
	close() error
}

// mode is a way to load a server.
type mode struct {
	// unit is how many clients belong together in one process.
	unit int
	// weigh says that the memory of the server is weighed, after a collection,
	// without the clients and with them.
	weigh bool
	// check adds what is wrong with a plan beside what all modes share.
	check func(Plan, *mistakes)
	// begin logs in what has to be there before the start.
	begin func(ctx context.Context, p Plan, progress io.Writer) (load, error)
}

// modeOf returns the mode of a name.
func modeOf(name string) (mode, error) {
	switch name {
	case Pairs:
		return mode{unit: 2, check: checkPairs, begin: beginPairs}, nil
	case Mixed:
		return mode{unit: 2 * roles, check: checkMixed, begin: beginMixed}, nil
	case Login:
		return mode{unit: 1, check: checkLogin, begin: beginLogin}, nil
	case Sync:
		return mode{unit: 1, check: checkSync, begin: beginSync}, nil
	case Idle:
		return mode{unit: 1, weigh: true, check: checkIdle, begin: beginIdle}, nil
	}
	return mode{}, fmt.Errorf("mode is %q; want pairs, mixed, login, sync or idle", name)
}

// span is the time of a run. All processes of a run have the same one.
//
//	start        from                     to
//	  │  warm-up  │      measured time     │  what is still under way
type span struct{ Start, From, To time.Time }

func (p Plan) span(start time.Time) span {
	from := start.Add(p.Warmup)
	return span{Start: start, From: from, To: from.Add(p.Duration)}
}

func (s span) covers(t time.Time) bool { return !t.Before(s.From) && t.Before(s.To) }

// second returns which second of the measured time t is in, from 0.
func (s span) second(t time.Time) int { return int(t.Sub(s.From) / time.Second) }

// seconds returns into how many seconds the measured time is cut; the last one
// may be shorter.
func (s span) seconds() int { return int((s.To.Sub(s.From) + time.Second - 1) / time.Second) }

// sleepUntil waits for t.
func sleepUntil(ctx context.Context, t time.Time) error {
	wait := time.Until(t)
	if wait <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
