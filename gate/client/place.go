package client

import (
	"time"

	"github.com/sim-im/sim/msgdef"
)

// place is how far the inbox came, for other goroutines than its owner.
type place struct {
	cursor uint64
	epoch  uint64
	last   mark
	behind bool
	void   bool
}

func placeOf(in *inbox) place {
	return place{cursor: in.cursor, epoch: in.epoch, last: in.last, behind: in.behind(), void: in.void}
}

// acks tells the server how far the device came: with the next Send, or with
// a GetMsg, or alone when there is neither.
type acks struct {
	told uint64    // the server knows
	at   time.Time // when to tell it; zero: no need
}

// ackEvery is how many messages are acknowledged without waiting longer.
const ackEvery = 64

// ackLater notes that the cursor may have moved. mu is held.
func (c *Client) ackLater(now time.Time) {
	switch {
	case c.place.void || c.place.cursor <= c.acks.told:
		c.acks.at = time.Time{}
	case c.background || c.place.cursor-c.acks.told >= ackEvery:
		c.acks.at = now
	case c.acks.at.IsZero():
		c.acks.at = now.Add(c.opts.Timeouts.Lazy)
	}
}

// ackDue appends an Ack whose time has come. mu is held.
func (c *Client) ackDue(l *link, now time.Time) {
	if !reached(c.acks.at, now) {
		return
	}
	c.frames.ack = msgdef.Ack{USeq: c.takeAck()}
	if c.frames.ack.USeq != 0 {
		l.add(&c.frames.ack)
	}
}

// takeAck returns the cursor when the server does not know it, and otherwise
// 0. The caller tells it. mu is held.
func (c *Client) takeAck() uint64 {
	c.acks.at = time.Time{}
	if c.place.void || c.place.cursor <= c.acks.told {
		return 0
	}
	c.acks.told = c.place.cursor
	return c.acks.told
}
