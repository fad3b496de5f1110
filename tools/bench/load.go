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
	// clients names the number of clients as people know it.
	clients string
	// unit is how many clients belong together in one process.
	unit int
	// weigh says that the memory of the server is weighed, after a collection,
	// without the clients and with them.
	weigh bool
	// bursts says that the memory of the server is also weighed between the logins
	// and the load, and watched closely from then on.
	bursts bool
	// check adds what is wrong with a plan beside what all modes share.
	check func(Plan, *mistakes)
	// prepare does what has to be done once, before the processes begin, and notes
	// in the plan what they have to know of it; nil without.
	prepare func(context.Context, *Plan) error
	// begin logs in what has to be there before the start.
	begin func(ctx context.Context, p Plan, progress io.Writer) (load, error)
}

// modeOf returns the mode of a name.
func modeOf(name string) (mode, error) {
	switch name {
	case Pairs:
		return mode{clients: "clients", unit: 2, check: checkPairs, begin: beginPairs}, nil
	case Mixed:
		return mode{clients: "clients", unit: 2 * roles, check: checkMixed, begin: beginMixed}, nil
	case Login:
		return mode{clients: "inflight", unit: 1, check: checkLogin, begin: beginLogin}, nil
	case Sync:
		return mode{clients: "clients", unit: 1, check: checkSync, begin: beginSync}, nil
	case Idle:
		return mode{clients: "conns", unit: 1, weigh: true, check: checkIdle, begin: beginIdle}, nil
	case Group:
		return mode{clients: "members", unit: 1, check: checkGroup, prepare: foundGroup, begin: beginGroup}, nil
	case Fanout:
		return mode{clients: "conns", unit: 1, weigh: true, bursts: true, check: checkFanout, prepare: foundGroup, begin: beginGroup}, nil
	}
	return mode{}, fmt.Errorf("mode is %q; want pairs, mixed, login, sync, idle, group or fanout", name)
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

// step is into what the measured time is cut for a timeline: seconds, or so many
// of them that there are no more than mostSteps. The last one may be shorter.
func (s span) step() time.Duration {
	const most = mostSteps * time.Second
	return max(1, (s.To.Sub(s.From)+most-1)/most) * time.Second
}

// mostSteps bounds a timeline, of which each process keeps a histogram a step
// and measure.
const mostSteps = 300

// stepOf returns which step of the measured time t is in, from 0.
func (s span) stepOf(t time.Time) int { return int(t.Sub(s.From) / s.step()) }

// steps returns how many there are.
func (s span) steps() int { return int((s.To.Sub(s.From) + s.step() - 1) / s.step()) }

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
