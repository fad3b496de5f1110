package tcp

import (
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sim-im/sim/gate/transport"
)

// waits is what a connection has only while it has a deadline or somebody waits.
// The connection's lock guards it, but for of. It goes from connection to
// connection with its timers, of which one may still fire for the one before: so
// a timer only says that deadlines are to be looked at.
type waits struct {
	of      atomic.Pointer[eventConn] // nil while it is nobody's
	in, out half
}

// half is the waiting of one direction.
type half struct {
	changed  sync.Cond // its lock is that of the connection
	waiting  int       // how many wait
	expired  bool      // the deadline has passed
	deadline time.Time // zero is none
	timer    *time.Timer
	rings    time.Time // the timer does, no later than the deadline; zero is not at all
}

// idle tells that nobody needs h.
func (h *half) idle() bool { return h.waiting == 0 && h.deadline.IsZero() }

// pass finds out whether the deadline has passed.
func (h *half) pass() bool {
	if !h.expired && !h.deadline.IsZero() {
		h.expired = !time.Now().Before(h.deadline)
	}
	return h.expired
}

// arm has the timer ring no later than the deadline. A timer that rings before
// costs less than one that is set anew for every deadline. It is only needed by
// who waits.
func (h *half) arm(w *waits) {
	if h.deadline.IsZero() || h.expired || !h.rings.IsZero() && !h.rings.After(h.deadline) {
		return
	}
	h.rings = h.deadline
	if h.timer == nil {
		h.timer = time.AfterFunc(time.Until(h.deadline), w.ring)
		return
	}
	h.timer.Reset(time.Until(h.deadline))
}

// rest makes h ready for the next connection.
func (h *half) rest() {
	if !h.rings.IsZero() {
		h.timer.Stop()
	}
	h.changed.L, h.rings = nil, time.Time{}
}

// wait returns c.waits, there from now on until settle. c.mu is held.
func (c *eventConn) wait() *waits {
	if c.waits == nil {
		w, ok := c.loops.waits.Get().(*waits)
		if !ok {
			w = new(waits)
		}
		w.in.changed.L, w.out.changed.L = &c.mu, &c.mu
		w.of.Store(c)
		c.waits = w
	}
	return c.waits
}

// settle gives c.waits back when nobody needs it. c.mu is held.
func (c *eventConn) settle() {
	if w := c.waits; w != nil && w.in.idle() && w.out.idle() {
		c.waits = nil
		w.of.Store(nil)
		w.in.rest()
		w.out.rest()
		c.loops.waits.Put(w)
	}
}

// until waits for a change of h, one half of c.waits. c.mu is held.
func (c *eventConn) until(h *half) {
	h.waiting++
	h.arm(c.waits)
	h.changed.Wait()
	h.waiting--
	c.settle()
}

// awaitReady returns when there may be something to read, which the caller then
// has to find out.
func (c *eventConn) awaitReady() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		switch {
		case c.socket.closed():
			return transport.ErrClosed
		case c.waits != nil && c.waits.in.pass():
			return translate(os.ErrDeadlineExceeded)
		case c.ready:
			c.ready = c.ended
			return nil
		}
		c.until(&c.wait().in)
	}
}

// awaitRoom returns when the caller may write: at once, unless the last write
// found it full.
func (c *eventConn) awaitRoom(full bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		switch {
		case c.socket.closed():
			return transport.ErrClosed
		case c.waits != nil && c.waits.out.pass():
			return translate(os.ErrDeadlineExceeded)
		case c.room || !full:
			c.room = false
			return nil
		}
		c.until(&c.wait().out)
	}
}

// SetReadDeadline implements transport.Conn.
func (c *eventConn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	if c.socket.closed() {
		c.mu.Unlock()
		return transport.ErrClosed
	}
	c.deadline(&c.wait().in, t)
	var awaiter transport.Awaiter
	if c.waits != nil && c.waits.in.expired {
		awaiter = c.wakeReader()
	}
	c.mu.Unlock()
	begin(awaiter)
	return nil
}

// SetWriteDeadline implements transport.Conn.
func (c *eventConn) SetWriteDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.socket.closed() {
		return transport.ErrClosed
	}
	c.deadline(&c.wait().out, t)
	if c.waits != nil && c.waits.out.expired {
		c.waits.out.changed.Broadcast()
	}
	return nil
}

// deadline replaces the deadline of h. The caller wakes who waits when it has
// passed already. c.mu is held.
func (c *eventConn) deadline(h *half, t time.Time) {
	h.deadline, h.expired = t, false
	switch {
	case t.IsZero():
		c.settle()
	case !h.pass() && (h.waiting > 0 || c.awaiter != nil):
		h.arm(c.waits)
	}
}

// ring looks at the deadlines of whoever has w now.
func (w *waits) ring() {
	c := w.of.Load()
	if c == nil {
		return
	}
	c.mu.Lock()
	var awaiter transport.Awaiter
	if c.waits == w {
		awaiter = c.lookAtDeadlines()
	}
	c.mu.Unlock()
	begin(awaiter)
}

// lookAtDeadlines wakes those whose deadline has passed, and returns whom the
// caller has to begin once it has unlocked c.mu, which is held. Who waits on has
// the timer set again.
func (c *eventConn) lookAtDeadlines() (awaiter transport.Awaiter) {
	in, out := &c.waits.in, &c.waits.out
	in.rings, out.rings = time.Time{}, time.Time{}
	if out.pass() {
		out.changed.Broadcast()
	}
	if in.pass() {
		awaiter = c.wakeReader()
	}
	out.arm(c.waits)
	in.arm(c.waits)
	return awaiter
}
