package transport

import (
	"os"
	"sync"
	"time"
)

// Receiver is the reading half of a Conn over something whose reads cannot be
// given up half way, as those of WebSocket: a goroutine of the Conn reads there
// and Puts what came, and whoever reads the Conn waits here.
//
//	peer ─▶ goroutine ─Put─▶ one buffer at a time ─▶ Read, ReadPooled
//
// Put waits until all of a buffer was read, so that a peer is not read faster
// than its bytes are taken. A Receiver without bytes holds no memory.
//
// Open comes first; a Receiver must not be copied.
type Receiver struct {
	explain func(error) error

	mu      sync.Mutex
	changed sync.Cond // bytes, their end, or the deadline
	unread  []byte    // of the buffer that is being Put
	closed  bool
	err     error // after the last byte
	until   deadline
}

// Open prepares r. os.ErrDeadlineExceeded becomes what explain makes of it.
func (r *Receiver) Open(explain func(error) error) {
	r.explain = explain
	r.changed.L = &r.mu
}

// Put has p read, and returns when nothing points into p any more: true when
// all of it was read, false when r was closed before.
func (r *Receiver) Put(p []byte) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.unread = p
	r.changed.Broadcast()
	for len(r.unread) > 0 && !r.closed {
		r.changed.Wait()
	}
	r.unread = nil
	return !r.closed
}

// Fail ends reads with err, unless they have ended already.
func (r *Receiver) Fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil {
		r.err = err
	}
	r.changed.Broadcast()
}

// Read waits for bytes, see Conn.
func (r *Receiver) Read(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.wait(); err != nil {
		return 0, err
	}
	return r.take(p), nil
}

// ReadPooled waits for bytes without a buffer, see Conn.
func (r *Receiver) ReadPooled(pool *Pool) (buf []byte, n int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.wait(); err != nil {
		return nil, 0, err
	}
	buf = pool.Get()
	return buf, r.take(buf), nil
}

// SetDeadline replaces the deadline of reads, see Conn.SetReadDeadline.
func (r *Receiver) SetDeadline(t time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return ErrClosed
	}
	r.until.set(&r.changed, t)
	return nil
}

// Close ends reads with ErrClosed, and a Put that waits.
func (r *Receiver) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	r.until.stop()
	r.changed.Broadcast()
}

// wait returns when there are bytes, or why there will be none.
func (r *Receiver) wait() error {
	for {
		switch {
		case r.closed:
			return ErrClosed
		case r.until.expired:
			return r.explain(os.ErrDeadlineExceeded)
		case len(r.unread) > 0:
			return nil
		case r.err != nil:
			return r.err
		}
		r.changed.Wait()
	}
}

// take moves bytes to p.
func (r *Receiver) take(p []byte) int {
	n := copy(p, r.unread)
	r.unread = r.unread[n:]
	if len(r.unread) == 0 {
		r.changed.Broadcast()
	}
	return n
}
