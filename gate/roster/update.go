package roster

import (
	"context"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// take makes the next update of everything that gathered; without anything it
// repeats the last number as a sign of life. It returns false when the journal
// has forgotten what the image lacks.
func (f *feed) take() bool {
	r := f.roster
	r.mu.Lock()
	defer r.mu.Unlock()
	events, ok := r.journal.after(f.at, maxItems)
	if !ok {
		return false
	}
	if len(events) > 0 {
		f.count()
		r.counts.updates++
	}
	f.pending = f.update()
	f.to = f.at + uint64(len(events))
	fill(f.pending, events)
	return true
}

// count takes the next number. A feed starts where others of the roster have
// been, so that numbers grow for an image that is followed anew. The lock is
// held.
func (f *feed) count() {
	f.seq++
	f.roster.top = max(f.roster.top, f.seq)
}

// update returns an update without items.
func (f *feed) update() *rpc.RosterUpdate {
	o := &f.roster.options
	return &rpc.RosterUpdate{Gate: o.Gate, Epoch: o.Epoch, Seq: f.seq}
}

// fill adds events to an update. A session that began and is over is left out
// of those that began: an update has no order between the two.
func fill(u *rpc.RosterUpdate, events []event) {
	for i := range events {
		if events[i].over && events[i].UID != 0 {
			u.Ended = append(u.Ended, events[i].Session)
		}
	}
	over := make(map[uint64]struct{}, len(u.Ended))
	for i := range u.Ended {
		over[u.Ended[i].Conn] = struct{}{}
	}
	for i := range events {
		if _, gone := over[events[i].Conn]; !gone && events[i].UID != 0 {
			u.Began = append(u.Began, events[i].Session)
		}
	}
	fillTopics(u, events)
}

// send gives the pending update to the image. An image that wants another one
// gets a snapshot: no number is used for two things.
func (f *feed) send(ctx context.Context) error {
	want, err := f.call(ctx, f.pending, 1)
	if err != nil {
		return err
	}
	f.whole = want == f.pending.Seq+1
	f.pending = nil
	if !f.whole {
		return unexpected(want)
	}
	f.inSync(f.to)
	return nil
}

// snapshot gives the image all sessions and topics in parts. Sessions are read while
// they come and go; what does so follows as events from the place at which the
// reading began, so nothing is missed and nothing stays. A try that failed is
// not continued: a part of it may still be on its way, and its number makes it
// known.
func (f *feed) snapshot(ctx context.Context) error {
	from, watched := f.start()
	for row, first, last := uint32(0), true, false; !last; first = false {
		u := f.update()
		u.Snapshot, u.First = true, first
		f.roster.mu.Lock()
		u.Began, row, last = f.roster.seats.part(row, maxItems)
		f.roster.mu.Unlock()
		n := min(len(watched), maxItems)
		u.Watched, watched = watched[:n], watched[n:]
		last = last && len(watched) == 0
		u.Last = last
		want, err := f.call(ctx, u, snapshotPatience)
		if err != nil {
			return err
		}
		if last && want != u.Seq+1 {
			return unexpected(want)
		}
	}
	f.whole = true
	f.inSync(from)
	return nil
}

// start prepares a snapshot and returns the position at which it begins, and what
// is watched there.
func (f *feed) start() (from uint64, watched [][16]byte) {
	r := f.roster
	r.mu.Lock()
	defer r.mu.Unlock()
	f.count()
	r.counts.snapshots++
	f.pending = nil
	if f.synced { // the journal has forgotten what it lacks
		f.synced, f.since = false, r.options.Now()
		f.why = rpc.Errorf(msgdef.CodeUnavailable, "gets a snapshot")
	}
	f.at = r.journal.end()
	r.settle()
	return f.at, r.topics.list()
}

// call sends an update and returns what the image wants next.
func (f *feed) call(ctx context.Context, u *rpc.RosterUpdate, patience int) (want uint64, err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(patience)*f.roster.options.Timeout)
	defer cancel()
	reply, err := f.image.Update(ctx, u)
	if err != nil {
		return 0, err
	}
	return reply.Want, nil
}
