package gate

import (
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
)

// noteOverhead is more than the header and fixed fields of a note, in bytes.
const noteOverhead = frame.HeaderSize + 48

// notify queues a message for c. It tells whether the caller has to put c on
// its flusher's list.
func (c *conn) notify(useq uint64, message []byte) bool {
	o := &c.out
	o.mu.Lock()
	defer o.mu.Unlock()
	if b := c.note(1, noteOverhead+len(message), useq, false); b != nil {
		b.b = frame.AppendNotify(b.b, useq, message)
	}
	return o.list()
}

// forward queues an encoded frame for c, like notify. What the gate does not know
// how to write in a connection's codec has to come in it: json.
func (c *conn) forward(t msgdef.Type, body, json []byte) bool {
	o := &c.out
	o.mu.Lock()
	defer o.mu.Unlock()
	lasts := ofApplication(t)
	if lasts && c.edge() != nil {
		if body = json; len(body) == 0 {
			c.gate.counts.drop(DropCodec, 1)
			return false
		}
	}
	if lasts && !o.takesApp(noteOverhead+len(body), c.gate.noteLimits()) {
		c.gate.counts.drop(DropApplication, 1)
		return false
	}
	if b := c.note(1, noteOverhead+len(body), 0, lasts); b != nil {
		b.b = frame.AppendRaw(b.b, t, body)
	}
	return o.list()
}

// answer queues a SendAck, Error or ReadOK for c, like notify, but it does not
// collapse. useq is what the client learns from it.
func (c *conn) answer(useq uint64, m frame.Message) bool {
	o := &c.out
	o.mu.Lock()
	defer o.mu.Unlock()
	if b := c.note(1, noteOverhead, useq, true); b != nil {
		b.b = frame.Append(b.b, m)
	}
	return o.list()
}

// note returns where to append n notes of size bytes together, or nil after counting
// what was dropped. c.out.mu is held.
func (c *conn) note(n, size int, useq uint64, lasts bool) *buffer {
	b, dropped, why := c.out.note(n, size, useq, lasts, &c.gate.buffers, c.gate.noteLimits())
	if dropped > 0 {
		c.gate.counts.drop(why, dropped)
	}
	return b
}

// copy queues n encoded frames of big groups for c, like notify.
func (c *conn) copy(n int, frames []byte) bool {
	c.out.mu.Lock()
	defer c.out.mu.Unlock()
	if b := c.note(n, len(frames), 0, false); b != nil {
		b.b = append(b.b, frames...)
	}
	return c.out.list()
}
