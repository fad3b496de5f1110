package relay

import (
	"sync"

	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
	"github.com/sim-im/sim/msgdef/secure"
)

// conn is a connection. Its reader goroutine runs serve.
type conn struct {
	server  *Server
	raw     transport.Conn
	flusher *flusher

	// Set by the greeting. Out belongs to who writes, In to the reader.
	secure *secure.Session
	user   *user
	id     uint64 // of the device
	device *device
	last   *pair // of the newest send; of the reader

	// The outbox.
	mu      sync.Mutex
	pending []byte // whole frames
	spare   []byte // empty, or lent to who writes
	listed  bool   // on the list of the flusher
	blocked bool   // nobody but a goroutine of its own writes
	closed  bool
}

// mostPending bounds the bytes that wait for a peer that does not read.
// Beyond, the connection ends: without a store there is nothing to catch up
// from.
const mostPending = 16 << 20

// hold lets the outbox gather and not write, until open.
func (c *conn) hold() {
	c.mu.Lock()
	c.blocked = true
	c.mu.Unlock()
}

// open ends hold.
func (c *conn) open() {
	c.mu.Lock()
	c.blocked = false
	list := len(c.pending) > 0 && c.list()
	c.mu.Unlock()
	if list {
		c.flusher.add(c)
	}
}

// ack appends the acknowledgement of a send. It tells whether the caller has
// to list c.
func (c *conn) ack(a *msgdef.SendAck) (list bool) {
	c.mu.Lock()
	c.pending = frame.Append(c.pending, a)
	list = c.list()
	c.mu.Unlock()
	return list
}

// notify appends an encoded message. It tells whether the caller has to list c.
func (c *conn) notify(useq uint64, message []byte) (list bool) {
	c.mu.Lock()
	c.pending = frame.AppendNotify(c.pending, useq, message)
	list = c.list()
	c.mu.Unlock()
	return list
}

// notifyAll appends frames of messages. It tells whether the caller has to list c.
func (c *conn) notifyAll(frames []byte) (list bool) {
	c.mu.Lock()
	c.pending = append(c.pending, frames...)
	list = c.list()
	c.mu.Unlock()
	return list
}

// reply appends an answer to something else than a send.
func (c *conn) reply(m frame.Message) {
	c.mu.Lock()
	c.pending = frame.Append(c.pending, m)
	list := c.list()
	c.mu.Unlock()
	if list {
		c.flusher.add(c)
	}
}

// list is held to c.mu.
func (c *conn) list() bool {
	if len(c.pending) > mostPending {
		c.closed = true
		c.raw.Close()
	}
	if c.closed {
		c.pending = c.pending[:0]
		return false
	}
	first := !c.listed && !c.blocked
	c.listed = c.listed || first
	return first
}

// take removes what waits; nil when there is nothing. Who takes is the writer
// and gives the memory back with done.
func (c *conn) take() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.listed = false
	if c.blocked || c.closed || len(c.pending) == 0 {
		return nil
	}
	frames := c.pending
	c.pending, c.spare = c.spare[:0], nil
	return frames
}

// keptPending is the largest outbox, in bytes, whose memory is used again.
const keptPending = 256 << 10

// done gives back what take returned.
func (c *conn) done(frames []byte) {
	if cap(frames) > keptPending {
		return
	}
	c.mu.Lock()
	c.spare = frames[:0]
	c.mu.Unlock()
}

// shut ends the connection.
func (c *conn) shut() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.raw.Close()
}
