package roster

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// feed keeps one image equal to the roster.
//
//	           ┌──────────┐  took all of it   ┌─────────┐
//	Follow ──▶ │ snapshot │ ────────────────▶ │ in sync │ ◀─┐ update taken,
//	           └──────────┘                   └─────────┘ ──┘ or a heartbeat
//	      journal  ▲ ▲                             │ failed, too slow
//	      too short│ │ wants another number        ▼
//	               └─┴───────────────────────── behind ◀─┐ the same update
//	                                               └─────┘ again, after a pause
type feed struct {
	roster   *Roster
	name     string
	image    rpc.Roster
	required bool

	cancel context.CancelFunc
	done   chan struct{} // closed when run returns
	wake   chan struct{} // holds a token when there may be something to take

	// Guarded by the roster's lock.
	at     uint64    // position up to which the image has everything
	synced bool      // it also took the last call
	why    error     // it is not in sync
	since  time.Time // it is not, or is
	seq    uint64    // number of the last update

	// Of the goroutine.
	whole   bool              // the image had a snapshot
	pending *rpc.RosterUpdate // was sent and may have arrived: it is sent again as it is
	to      uint64            // position after pending
	tries   int               // that failed, one after another
}

// signal tells the goroutine to look for events.
func (f *feed) signal() {
	select {
	case f.wake <- struct{}{}:
	default: // a token is there already
	}
}

// stop ends the feed and forgets it.
func (f *feed) stop() {
	f.cancel()
	<-f.done
	r := f.roster
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.feeds[f.name] == f {
		delete(r.feeds, f.name)
		r.settle()
	}
}

// finished waits until run has returned. It returns false when ctx ended first.
func (f *feed) finished(ctx context.Context) bool {
	select {
	case <-f.done:
		return true
	default:
	}
	select {
	case <-f.done:
		return true
	case <-ctx.Done():
		return false
	}
}

// run serves the image until ctx ends, or the roster is closed and the image
// has everything or is behind.
func (f *feed) run(ctx context.Context) {
	defer close(f.done)
	for ctx.Err() == nil {
		more, err := f.step(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			if f.behind(err) {
				return
			}
			f.pause(ctx)
		case !more:
			return
		default:
			f.tries = 0
		}
	}
}

// step brings the image as far as one update or snapshot does. It returns false
// when there is nothing to do any more.
func (f *feed) step(ctx context.Context) (more bool, err error) {
	if !f.whole {
		return true, f.snapshot(ctx)
	}
	if f.pending == nil {
		if !f.await(ctx) {
			return false, nil
		}
		if f.whole = f.take(); !f.whole {
			return true, nil
		}
	}
	return true, f.send(ctx)
}

// await returns when there is something to take, or the image should hear from
// the gate again; false when the roster is closed and all was taken.
func (f *feed) await(ctx context.Context) bool {
	beat := time.NewTimer(f.roster.options.Heartbeat)
	defer beat.Stop()
	for {
		waiting, closed := f.waiting()
		if waiting || closed {
			return waiting
		}
		select {
		case <-f.wake:
		case <-beat.C:
			return true
		case <-ctx.Done():
			return false
		}
	}
}

// waiting reports whether there are events to take, and whether no more come.
func (f *feed) waiting() (some, closed bool) {
	r := f.roster
	r.mu.Lock()
	defer r.mu.Unlock()
	return f.at < r.journal.end(), r.closed
}

// behind notes that the image did not take a call. It returns true when that
// ends the feed.
func (f *feed) behind(err error) (closed bool) {
	r := f.roster
	r.mu.Lock()
	defer r.mu.Unlock()
	r.counts.failures++
	f.why = err
	if f.synced {
		f.synced, f.since = false, r.options.Now()
		f.changed()
		r.options.Logger.Warn("image of sessions is behind", "image", f.name, "error", err)
	}
	r.settle()
	return r.closed
}

// inSync notes that the image has everything up to a position.
func (f *feed) inSync(at uint64) {
	r := f.roster
	r.mu.Lock()
	defer r.mu.Unlock()
	f.at = at
	if !f.synced {
		now := r.options.Now()
		r.options.Logger.Info("image of sessions is in sync",
			"image", f.name, "sessions", r.seats.len(), "after", now.Sub(f.since))
		f.synced, f.since, f.why = true, now, nil
		f.changed()
	}
	r.settle()
}

// changed tells who wants to know. The lock is held.
func (f *feed) changed() {
	if f.required {
		f.roster.options.Changed()
	}
}

// pause waits before the next try: half to the whole of a time that doubles.
func (f *feed) pause(ctx context.Context) {
	o := &f.roster.options
	d := min(o.RetryMin<<min(f.tries, 16), o.RetryMax)
	f.tries++
	timer := time.NewTimer(d/2 + rand.N(d/2+1))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// unexpected is the failure of an image that wants something else.
func unexpected(want uint64) error {
	if want == 0 {
		return rpc.Errorf(msgdef.CodeUnavailable, "wants a snapshot")
	}
	return rpc.Errorf(msgdef.CodeUnavailable, "wants update %d", want)
}
