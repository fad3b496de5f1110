package memory

import (
	"time"

	"github.com/sim-im/sim/gate/transport"
)

// setDeadline replaces the deadline of one side. The zero time means none; a
// time in the past ends the waits under way.
func (s *stream) setDeadline(end *side, t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if end.closed {
		return transport.ErrClosed
	}
	end.stop()
	if t.IsZero() {
		return nil
	}
	wait := time.Until(t)
	if wait <= 0 {
		end.expired = true
		s.changed.Broadcast()
		return nil
	}
	var timer *time.Timer
	timer = time.AfterFunc(wait, func() { s.expire(end, &timer) })
	end.timer = timer
	return nil
}

// expire ends the waits of a side, unless the timer was replaced meanwhile. The
// timer is passed by its address because it may fire before it is assigned; the
// lock orders that.
func (s *stream) expire(end *side, timer **time.Timer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if end.timer != *timer {
		return
	}
	end.expired = true
	s.changed.Broadcast()
}

// stop forgets the deadline. The stream's lock is held.
func (e *side) stop() {
	if e.timer != nil {
		e.timer.Stop()
	}
	e.timer = nil
	e.expired = false
}
