package client

import (
	"time"

	"github.com/sim-im/sim/msgdef"
)

// Outbox is a State that keeps the messages of Queue too, so that the next
// client with the state sends what this one did not. FileState and MemoryState
// are ones. Its methods are called between Load and Close, by any goroutine.
type Outbox interface {
	// Queued returns what was kept and not dropped, ascending by counter. The
	// error wraps ErrStateDamaged; asked again, it returns what is whole.
	Queued() ([]Queued, error)

	// Keep keeps a message, durably when the state is a durable one, before it
	// returns. Its Body and Extra are lent. The error wraps ErrQueueFull when there is no
	// room.
	Keep(Queued) error

	// Drop forgets the message of a counter, if it is kept: before it returns
	// when now is set, and else when that is cheap. A message that comes back
	// after a crash is sent under its old counter, and answered as before.
	Drop(counter uint64, now bool) error
}

// Queued is a message that waits to be sent. Device and Counter name it for the
// server, so that it is stored once, however often it is sent.
type Queued struct {
	Device  uint64
	Counter uint64
	Conv    msgdef.Conversation
	Kind    msgdef.ContentKind
	At      time.Time // when it was queued, to the millisecond
	Until   time.Time // of no use from then on, to the millisecond; zero: Options.SendExpiry after At
	Body    []byte
	Extra   []byte // an encoded msgdef.Extra; empty for none
}

// parcel is what is sent of it.
func (q *Queued) parcel() parcel {
	return parcel{conv: q.Conv, kind: q.Kind, body: q.Body, extra: q.Extra}
}

// expires returns when a message is of no use any more, where others are after a
// time.
func (q *Queued) expires(otherwise time.Duration) time.Time {
	if q.Until.IsZero() {
		return q.At.Add(otherwise)
	}
	return q.Until
}
