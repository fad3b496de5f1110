package gate

import (
	"cmp"
	"encoding/binary"
	"slices"
	"sync"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// flusher writes for the connections whose number falls to it: everything that
// waits, sealed into as few records as it fits, in one write that does not
// wait. What gathers during a round is the next round. A round is written in
// lots (lot.go).
//
// The order within a round is free, since a connection is in it once, so it is
// chosen for what follows it: see byTopic.
type flusher struct {
	gate *Server
	wake chan struct{} // holds one token when the list became non-empty
	stop chan struct{}

	mu   sync.Mutex
	list []*conn

	round []*conn // of run
	lot   lot     // of run
}

func newFlusher(s *Server) *flusher {
	return &flusher{gate: s, wake: make(chan struct{}, 1), stop: make(chan struct{}), lot: lot{gate: s}}
}

// flusherOf returns the flusher of a connection.
func (s *Server) flusherOf(id uint64) *flusher {
	return s.flushers[id%uint64(len(s.flushers))]
}

// list puts c on its flusher's list, if yes.
func (c *conn) list(yes bool) {
	if yes {
		c.gate.flusherOf(c.id).add(c)
	}
}

// add lists connections that have something to write.
func (f *flusher) add(conns ...*conn) {
	f.mu.Lock()
	first := len(f.list) == 0
	f.list = append(f.list, conns...)
	f.mu.Unlock()
	if first {
		select {
		case f.wake <- struct{}{}:
		default: // a token is there already
		}
	}
}

// run serves the list until the gate stops.
func (f *flusher) run() {
	for {
		select {
		case <-f.wake:
			f.serve()
		case <-f.stop:
			f.lot.close()
			return
		}
	}
}

// serve takes the list once. What was added meanwhile has left a token.
func (f *flusher) serve() {
	f.mu.Lock()
	f.round, f.list = f.list, f.round[:0]
	f.mu.Unlock()
	slices.SortFunc(f.round, byTopic)
	now := f.gate.options.Now()
	for rest := f.round; len(rest) > 0; {
		rest = f.lot.flush(rest, now)
	}
	clear(f.round) // closed connections must not stay reachable
}

// byTopic puts connections that talk with each other side by side. Written one
// after the other, they answer one after the other: their messages get into one
// batch, and what that batch has for each of them into one write. Readers may
// change topics meanwhile, which makes the order worse and nothing else.
func byTopic(a, b *conn) int { return cmp.Compare(a.topic.Load(), b.topic.Load()) }

// about notes the conversation of a message that c sent. The topic is only a
// hint: conversations that share one cost a little order, and no more.
func (c *conn) about(conv *msgdef.Conversation) {
	const odd = 0x9e3779b97f4a7c15 // 2^64 by the golden ratio
	low, high := binary.LittleEndian.Uint64(conv[:8]), binary.LittleEndian.Uint64(conv[8:])
	if topic := uint32((low*odd + high) * odd >> 32); c.topic.Load() != topic {
		c.topic.Store(topic)
	}
}

// take removes what waits for c and makes the caller its writer; nil when
// there is nothing, or somebody writes already.
func (c *conn) take() *buffer {
	o := &c.out
	o.mu.Lock()
	defer o.mu.Unlock()
	o.listed = false
	if o.writing || o.phase == shut {
		return nil
	}
	frames := c.waiting()
	if frames == nil {
		c.rest()
		return nil
	}
	o.writing = true
	return frames
}

// waiting removes all frames that wait for c, and puts heads where some were
// dropped. c.out.mu is held.
func (c *conn) waiting() *buffer {
	collapsed := c.out.collapsed
	frames := c.out.take(&c.gate.buffers)
	if collapsed {
		frames.b = c.gate.audiences.watches.appendHeads(frames.b, c)
	}
	return frames
}

// rest is what a writer does who has nothing to write any more. c.out.mu is held and
// nobody writes.
func (c *conn) rest() {
	if c.quiet() {
		c.secure.Out.Park()
	}
	if c.out.phase == finishing {
		c.wroteLast()
	}
}

// wroteLast gives the peer time to close, so that what was written last is not
// lost to a reset.
func (c *conn) wroteLast() {
	c.said.Store(instant(c.gate.clock()))
	if c.gate.stopping.Load() {
		c.raw.Close()
	}
}

// seal appends the records of frames to dst and gives the buffer back. The
// caller is the writer.
func (c *conn) seal(dst []byte, frames *buffer, now time.Time) ([]byte, error) {
	start := len(dst)
	frames, err := c.outward(frames)
	if err == nil {
		dst, err = c.secure.Out.Append(dst, frames.b, now)
	}
	c.gate.buffers.put(frames)
	c.gate.counts.writes.Add(1)
	c.gate.counts.bytesOut.Add(uint64(len(dst) - start))
	return dst, err
}

// blocks notes that a write of rest bytes waits. The caller is the writer.
func (c *conn) blocks(rest int) {
	c.out.mu.Lock()
	defer c.out.mu.Unlock()
	c.out.rest = int32(rest)
	c.out.weigh(&c.gate.pressure)
}

// written ends the writing of what a flusher took. Frames that came meanwhile
// have not listed c, because somebody was writing.
func (c *conn) written(now time.Time) {
	o := &c.out
	o.mu.Lock()
	o.release(&c.gate.pressure)
	c.speaks(now.Sub(c.gate.start))
	more := o.notes != nil || o.replies != nil || o.collapsed
	list := more && o.list()
	if !more {
		c.rest()
	}
	o.mu.Unlock()
	c.list(list)
}

// fail ends the connection of a writer.
func (c *conn) fail(err error) {
	c.end(writeReason(err))
	c.out.mu.Lock()
	c.out.release(&c.gate.pressure)
	c.out.mu.Unlock()
}
