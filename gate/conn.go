package gate

import (
	"sync/atomic"

	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/codec"
	"github.com/sim-im/sim/msgdef/frame"
	"github.com/sim-im/sim/msgdef/secure"
)

// conn is a connection from accept to close. Its reader goroutine runs serve, from
// the first byte, or later Readable or wake, and is the only one to leave it.
type conn struct {
	gate *Server
	id   uint64
	raw  transport.Conn
	host hostID // where it came from

	// Set by the handshake and login; constant once the outbox is open.
	secure      secure.Session // Out belongs to who writes, In to the reader; its zero value before there is one
	uid, device uint64
	generation  uint64 // of the account
	platform    msgdef.Platform
	codec       codec.ID
	exempt      bool    // from rates
	registered  bool    // at the route
	settled     bool    // a resumed session was, with the record that is being served; of the reader
	spoken      uint8   // writes that followed the one before soon, see speaks; out.mu guards it, and wrote
	wrote       uint16  // second of Server.clock of the last write, modulo 18 hours
	sender      *sender // nil before login

	out outbox

	// Of the reader.
	requests bucket
	rare     *rare // nil until there is any of it

	// Between the reader and the sweep; times are those of Server.clock, and 0
	// where there is none.
	heard   atomic.Int64  // last bytes
	begun   atomic.Int64  // since when a record is incomplete
	said    atomic.Uint32 // when the last frame was written, in milliseconds modulo 49 days
	silence atomic.Uint32 // in milliseconds, after which it is closed
	marks   atomic.Uint32 // see mark
	began   uint32        // when the session opened, see signIns.of; 0 before; set ahead of heard

	reason atomic.Uint32 // the first Reason given; ReasonNone while open
	topic  atomic.Uint32 // what the reader heard last is about, for the flusher

	// Between the reader and the pulse.
	nonce atomic.Uint64 // of the last Ping
	acked atomic.Uint64 // cursor of the device
}

// rare is what the readers of most connections never need.
type rare struct {
	bulk      *bulk // nil outside TLS
	refusals  bucket
	held      hold
	appFrames uint64 // of applications so far, refused ones included
}

func (c *conn) rarely() *rare {
	if c.rare == nil {
		c.rare = new(rare)
	}
	return c.rare
}

// bulk returns the stream beside the session; nil outside TLS.
func (c *conn) bulk() *bulk {
	if c.rare == nil {
		return nil
	}
	return c.rare.bulk
}

// held returns what holds messages of the connection back; nil when nothing does.
func (c *conn) held() *hold {
	if c.rare == nil || c.rare.held.counter == 0 {
		return nil
	}
	return &c.rare.held
}

// The marks of a connection, in one word.
const (
	stalled uint32 = 1 << iota // the reader waits for room: silence is not the peer's
	pinging                    // a Ping waits to be answered
	moved                      // the message service was not told yet where the device is, see acked
	stirred                    // it was read within Times.Park of the read before
	busy                       // twice, or it is written to all the time: see quiet and speaks
)

// mark sets one of the marks, and tells whether it was set.
func (c *conn) mark(m uint32) (before bool) { return c.marks.Or(m)&m != 0 }

// unmark takes it away.
func (c *conn) unmark(m uint32) { c.marks.And(^m) }

// end closes the connection for a reason; the first one given counts. It does
// not wait, and may be called from anywhere without locks.
func (c *conn) end(reason Reason) {
	c.reason.CompareAndSwap(uint32(ReasonNone), uint32(reason))
	c.out.close(&c.gate.buffers, &c.gate.pressure)
	c.raw.Close() // what its error could tell, the reader finds out
}

// finish writes m after all that waits, and then leaves the peer some time to
// close. Nothing is added and nothing served any more. m may be nil.
func (c *conn) finish(reason Reason, m frame.Message) {
	c.out.mu.Lock()
	if c.out.phase >= finishing || !c.reason.CompareAndSwap(uint32(ReasonNone), uint32(reason)) {
		c.out.mu.Unlock()
		return
	}
	if m != nil {
		c.append(m)
	}
	if c.out.phase == open { // else login has LoginOK to write first, see open
		c.out.phase = finishing
	}
	list := c.out.list()
	c.out.mu.Unlock()
	c.list(list)
}

// open lets the frames that gathered flow. The session is bound and LoginOK
// is written.
func (c *conn) open() {
	c.out.mu.Lock()
	if c.out.phase == opening {
		c.out.phase = open
		if c.ending() {
			c.out.phase = finishing
		}
	}
	list := c.out.list()
	c.out.mu.Unlock()
	c.list(list)
}

// ending tells whether somebody gave a reason to close.
func (c *conn) ending() bool { return Reason(c.reason.Load()) != ReasonNone }

// reply queues an answer. It never collapses.
func (c *conn) reply(m frame.Message) {
	c.out.mu.Lock()
	if c.out.phase >= finishing {
		c.out.mu.Unlock()
		c.gate.counts.drop(DropGone, 1)
		return
	}
	c.append(m)
	list := c.out.list()
	c.out.mu.Unlock()
	c.list(list)
}

// append adds m to the replies. c.out.mu is held.
func (c *conn) append(m frame.Message) {
	if c.out.replies == nil {
		c.out.replies = c.gate.buffers.get()
	}
	c.out.replies.b = frame.Append(c.out.replies.b, m)
	c.out.weigh(&c.gate.pressure)
	c.gate.counts.framesOut.Add(1)
}

// refuse answers a frame with an error. Outcomes of sends stand in one queue,
// whoever made them, so that they keep their order.
func (c *conn) refuse(r *refusal) {
	c.gate.counts.refuse.Add(1)
	if r.of == msgdef.TypeSend {
		c.gate.counts.framesOut.Add(1)
		c.list(c.answer(0, r.frame()))
		return
	}
	c.reply(r.frame())
}

// awaitRoom returns when at most half of the bytes that may wait are replies,
// or next to nothing under pressure, so that requests are served no faster than their answers are read. A peer
// that never reads ends it by the rule for stuck connections.
func (c *conn) awaitRoom() error {
	for {
		room, err := c.room()
		if room == nil {
			return err
		}
		c.mark(stalled)
		<-room
		c.heard.Store(int64(c.gate.clock()))
		c.unmark(stalled)
	}
}

// room returns what to wait for; nil when there is room, or an error.
func (c *conn) room() (<-chan struct{}, error) {
	o := &c.out
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.phase >= finishing:
		return nil, errEnding
	case o.replies == nil:
		return nil, nil
	case len(o.replies.b) <= c.gate.noteLimits().bytes/2 && !o.pressed(0, &c.gate.pressure):
		return nil, nil
	case o.change == nil:
		o.change = make(chan struct{})
	}
	return o.change, nil
}

// knows notes a useq that the client is told.
func (c *conn) knows(useq uint64) {
	c.out.mu.Lock()
	defer c.out.mu.Unlock()
	c.out.top = max(c.out.top, useq)
}

// top returns the newest useq that the client was told, or will be.
func (c *conn) top() uint64 {
	c.out.mu.Lock()
	defer c.out.mu.Unlock()
	return c.out.top
}

// ack moves the device's cursor. 0 says nothing; what is beyond anything the
// client was told is not this store's, and would poison the cursor.
func (c *conn) ack(useq uint64) {
	if useq <= c.acked.Load() {
		return
	}
	c.out.mu.Lock() // also against another who acknowledges
	defer c.out.mu.Unlock()
	if useq > c.out.top {
		c.gate.counts.drop(DropCursor, 1)
		return
	}
	c.acked.Store(max(useq, c.acked.Load()))
	c.mark(moved)
}
