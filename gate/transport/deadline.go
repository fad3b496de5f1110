package transport

import (
	"sync"
	"time"
)

// deadline ends the waits on a condition at a time. The lock of the condition
// guards it; the zero value has none.
type deadline struct {
	expired bool        // it has passed
	timer   *time.Timer // nil when there is none
}

// set replaces the deadline. The zero time means none; a time in the past ends
// the waits under way.
func (d *deadline) set(changed *sync.Cond, t time.Time) {
	d.stop()
	if t.IsZero() {
		return
	}
	wait := time.Until(t)
	if wait <= 0 {
		d.expired = true
		changed.Broadcast()
		return
	}
	var timer *time.Timer
	timer = time.AfterFunc(wait, func() { d.expire(changed, &timer) })
	d.timer = timer
}

// expire ends the waits, unless the timer was replaced meanwhile. The timer is
// passed by its address because it may fire before it is assigned; the lock
// orders that.
func (d *deadline) expire(changed *sync.Cond, timer **time.Timer) {
	changed.L.Lock()
	defer changed.L.Unlock()
	if d.timer != *timer {
		return
	}
	d.expired = true
	changed.Broadcast()
}

// stop forgets the deadline.
func (d *deadline) stop() {
	if d.timer != nil {
		d.timer.Stop()
	}
	d.timer = nil
	d.expired = false
}
