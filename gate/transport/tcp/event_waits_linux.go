package tcp

import (
	"os"
	"sync"
	"time"

	"github.com/sim-im/sim/gate/transport"
)

// waits is what a connection has only while it has a deadline or somebody waits.
// The connection's lock guards it.
type waits struct {
	in, out half
}

// half is the waiting of one direction.
type half struct {
	changed sync.Cond // its lock is that of the connection
	waiting int       // how many wait
	expired bool      // the deadline has passed
	timer   *time.Timer
}

// idle tells that nobody needs h.
func (h *half) idle() bool { return h.waiting == 0 && !h.expired && h.timer == nil }

// stop forgets the deadline.
func (h *half) stop() {
	if h.timer != nil {
		h.timer.Stop()
	}
	h.timer, h.expired = nil, false
}

// wait returns c.waits, there from now on until settle. c.mu is held.
func (c *eventConn) wait() *waits {
	if c.waits == nil {
		w, ok := c.loops.waits.Get().(*waits)
		if !ok {
			w = new(waits)
		}
		w.in.changed.L, w.out.changed.L = &c.mu, &c.mu
		c.waits = w
	}
	return c.waits
}

// settle gives c.waits back when nobody needs it. c.mu is held.
func (c *eventConn) settle() {
	if w := c.waits; w != nil && w.in.idle() && w.out.idle() {
		c.waits = nil
		w.in.changed.L, w.out.changed.L = nil, nil
		c.loops.waits.Put(w)
	}
}

// until waits for a change of h, one half of c.waits. c.mu is held.
func (c *eventConn) until(h *half) {
	h.waiting++
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
		case c.waits != nil && c.waits.in.expired:
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
		case c.waits != nil && c.waits.out.expired:
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
	h.stop()
	if t.IsZero() {
		c.settle()
		return
	}
	left := time.Until(t)
	if left <= 0 {
		h.expired = true
		return
	}
	var timer *time.Timer // by its address: it may fire before it is assigned, and waits for the lock
	timer = time.AfterFunc(left, func() { c.expire(h, &timer) })
	h.timer = timer
}

// expire ends the waits on h, unless its deadline was replaced meanwhile; then h
// may be of another connection, which has no such timer.
func (c *eventConn) expire(h *half, timer **time.Timer) {
	c.mu.Lock()
	if c.waits == nil || h != &c.waits.in && h != &c.waits.out || h.timer != *timer {
		c.mu.Unlock()
		return
	}
	h.timer, h.expired = nil, true
	var awaiter transport.Awaiter
	if h == &c.waits.in {
		awaiter = c.wakeReader()
	}
	h.changed.Broadcast()
	c.mu.Unlock()
	begin(awaiter)
}
