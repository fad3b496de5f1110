package quic

import (
	"time"

	"github.com/sim-im/sim/gate/transport"
)

// setDeadline replaces the deadline of writes. The zero time means none; a time
// in the past ends the waits under way.
func (s *sender) setDeadline(t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return transport.ErrClosed
	}
	s.stop()
	if t.IsZero() {
		return nil
	}
	wait := time.Until(t)
	if wait <= 0 {
		s.expired = true
		s.changed.Broadcast()
		return nil
	}
	var timer *time.Timer
	timer = time.AfterFunc(wait, func() { s.expire(&timer) })
	s.timer = timer
	return nil
}

// expire ends the waits, unless the timer was replaced meanwhile. The timer is
// passed by its address because it may fire before it is assigned; the lock
// orders that.
func (s *sender) expire(timer **time.Timer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.timer != *timer {
		return
	}
	s.expired = true
	s.changed.Broadcast()
}

// stop forgets the deadline. The lock is held.
func (s *sender) stop() {
	if s.timer != nil {
		s.timer.Stop()
	}
	s.timer = nil
	s.expired = false
}
