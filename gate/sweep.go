package gate

import (
	"time"

	"github.com/sim-im/sim/msgdef/rpc"
)

// forgetPause is between looks for addresses that nobody comes from any more.
const forgetPause = 30 * time.Second

// sweepLoop looks at all connections now and then, so that none needs a timer
// of its own.
func (s *Server) sweepLoop() {
	tick := time.NewTicker(s.times.Sweep)
	defer tick.Stop()
	var moved []rpc.Cursor
	last := s.clock()
	saved, forgot, swept, beat, looked := last, last, last, last, last
	for {
		select {
		case <-tick.C:
		case <-s.over:
			return
		}
		now := s.clock()
		if now-last > s.times.Sweep+frozenAfter {
			s.logger.Warn("the process stood still", "for", now-last-s.times.Sweep)
			s.Recheck() // routes may have given up what they had to tell
		}
		last = now
		s.conns.each(func(c *conn) { c.sweep(now) })
		if now-saved >= s.times.Cursors-s.times.Sweep/2 { // ticks are not that exact
			saved = now
			moved = s.sweepCursors(moved[:0])
		}
		if now-swept >= s.times.Deserted/2 {
			swept = now
			s.audiences.wanting.add(wanting{})
		}
		if now-looked >= presenceLook-s.times.Sweep/2 {
			looked = now
			s.presences.asking.add(presenceAsk{})
		}
		if now-beat >= signInBeat {
			beat = now
			s.signIns.beat()
		}
		if now-forgot >= forgetPause {
			forgot = now
			s.admission.sweep(now)
			s.allowance.sweep(now)
			s.presences.counts.sweep(now)
		}
	}
}

// sweep ends a connection whose time is over and parks one that is idle. One
// that is not logged in has its deadlines already.
func (c *conn) sweep(now time.Duration) {
	heard := c.heard.Load()
	if heard == 0 {
		return
	}
	times := &c.gate.times
	silent := now - time.Duration(heard)
	switch {
	case c.saidFor(now) > times.Linger:
		c.end(ReasonInternal) // one that has said its last word has a reason
	case passed(c.begun.Load(), now, times.Record):
		c.end(ReasonSlowRecord)
	case c.marks.Load()&stalled != 0: // the rule for stuck connections ends it
	case silent > c.silentFor():
		c.end(ReasonIdle)
	case silent > times.Park && !c.quiet() && c.silenced(now):
		c.park()
	}
}

// saidFor is for how long the last frame is written by now; 0 while it is not.
func (c *conn) saidFor(now time.Duration) time.Duration {
	said := c.said.Load()
	if said == 0 {
		return 0
	}
	return time.Duration(max(int32(instant(now)-said), 0)) * time.Millisecond
}

// instant is a time of Server.clock in 4 bytes, and never 0.
func instant(now time.Duration) uint32 { return max(uint32(now/time.Millisecond), 1) }

// passed tells whether more than limit has passed since a time; 0 is none.
func passed(since int64, now, limit time.Duration) bool {
	return since != 0 && now-time.Duration(since) > limit
}

// park has both directions drop their ciphers: the reader by a deadline that
// has passed, and the flusher by finding nothing to write.
func (c *conn) park() {
	c.unmark(stirred | busy)
	c.raw.SetReadDeadline(time.Unix(1, 0)) // fails on a closed connection only
	c.out.mu.Lock()
	list := c.out.list()
	c.out.mu.Unlock()
	c.list(list)
}

// sweepCursors saves the cursors that moved, all together: the message service
// tells by them to whom it need not push. It returns its list for the next time.
func (s *Server) sweepCursors(moved []rpc.Cursor) []rpc.Cursor {
	s.conns.each(func(c *conn) {
		if c.heard.Load() == 0 {
			return // before login there is none
		}
		if item, ok := c.movedCursor(); ok {
			moved = append(moved, item)
		}
	})
	s.pulse.cursors.add(moved...)
	return moved
}

// movedCursor returns where c's device is, if it moved since the last time.
func (c *conn) movedCursor() (rpc.Cursor, bool) {
	if c.marks.Load()&moved == 0 {
		return rpc.Cursor{}, false
	}
	c.unmark(moved) // before it is read: who moves it meanwhile marks it again
	return rpc.Cursor{UID: c.uid, Device: c.device, USeq: c.acked.Load()}, true
}
