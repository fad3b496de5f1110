package client

import (
	"sync"
	"time"

	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/msgdef/frame"
	"github.com/sim-im/sim/msgdef/secure"
)

// link is a connection to a gate after the login, and how frames leave it.
//
// Frames are appended to pending. Whoever appends then flushes: the first
// takes what is there, seals it as few records and writes it, again and again
// until nothing is left, on behalf of those who append meanwhile. While the
// reader handles what one read brought, the link is corked: everything that
// its callbacks send waits for the end, and leaves in one write.
//
//	append ──▶ pending ──swap──▶ sealed ──▶ connection
//	           (mu)              (who flushes)
//
// The fields between the lines are guarded by Client.mu.
type link struct {
	conn  transport.Conn
	keys  *secure.Session // In belongs to the reader, Out to who flushes
	since time.Time       // of the login
	now   func() time.Time
	write time.Duration // how long the connection may take no bytes
	edge  edge

	// --- Client.mu
	pending  []byte // whole frames
	spare    []byte // empty, or lent to who flushes
	flushing bool
	corked   bool
	deaf     bool      // the peer takes no more bytes
	err      error     // why it ended: the first reason
	spoke    time.Time // when frames were written last

	toldBefore uint64 // frames of applications that earlier links took
	// ---

	spoken []byte // of who flushes: frames as the gate reads them
	sealed []byte // of who flushes
}

// keptBuffer is the largest write buffer, in bytes, that is used again.
const keptBuffer = 256 << 10

// add appends a frame. Client.mu is held.
func (l *link) add(m frame.Message) { l.pending = frame.Append(l.pending, m) }

// flush writes what is pending, unless that is or will be done by somebody
// else. mu, which is Client.mu, is held and let go meanwhile. now drives the
// age of the key, and may be as old as Client.clock.
func (l *link) flush(mu *sync.Mutex, now time.Time) {
	if l.flushing {
		return
	}
	l.flushing = true
	for len(l.pending) > 0 && !l.corked && !l.deaf && l.err == nil {
		frames := l.pending
		l.pending, l.spoke = l.spare, now
		mu.Unlock()
		err := l.writeOut(frames, now)
		mu.Lock()
		l.spare = reuse(frames)
		if err != nil {
			l.unheard(l.now())
		}
	}
	l.flushing = false
}

// writeOut seals frames and writes them.
func (l *link) writeOut(frames []byte, now time.Time) error {
	spoken, err := l.edge.outward(l.spoken[:0], frames)
	if err != nil {
		return err
	}
	sealed, err := l.keys.Out.Append(l.sealed, spoken, now)
	if err != nil {
		return err
	}
	if l.edge.codec != nil { // else spoken is frames, which is the caller's
		l.spoken = reuse(spoken)
	}
	l.sealed = reuse(sealed)
	n, err := l.conn.TryWrite(sealed)
	if err != nil || n == len(sealed) {
		return err
	}
	if err := l.conn.SetWriteDeadline(l.now().Add(l.write)); err != nil {
		return err
	}
	if _, err := l.conn.Write(sealed[n:]); err != nil {
		return err
	}
	return l.conn.SetWriteDeadline(time.Time{})
}

// lastWords is how long the reader goes on after a write has failed.
const lastWords = time.Second

// unheard ends writing. What the peer said before it went away, for example
// that this device was replaced, is still read. Client.mu is held.
func (l *link) unheard(now time.Time) {
	l.deaf = true
	if err := l.conn.SetReadDeadline(now.Add(lastWords)); err != nil {
		l.fail(lost(err))
	}
}

// reuse empties a buffer, or drops it when a burst made it large.
func reuse(b []byte) []byte {
	if cap(b) > keptBuffer {
		return nil
	}
	return b[:0]
}

// fail ends the link; the reader returns with the first reason. Client.mu is
// held.
func (l *link) fail(err error) {
	if l.err == nil {
		l.err = err
		l.conn.Close()
	}
}
