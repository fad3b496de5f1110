package client

import (
	"math"
	"sort"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// inflight holds the messages that are not yet acknowledged, in the order in
// which they were sent, under consecutive counters:
//
//	head              next                tail
//	  │ d w w d w w w  │ q w q q q q q q q │
//	                                          d done: acknowledged, failed or given up
//	  counter = first + position              w on the wire, waiting for its acknowledgement
//	                                          q queued: to be written, again or for the first time
//	                                          h held: not yet to be written, nor what is behind it
//
// Before them stand those of an earlier run, whose counters are lower and have
// holes. Positions only grow; the slots are a ring whose memory, bodies included, is
// used again. It knows no connection and no clock: times are durations since
// some fixed moment. Not safe for concurrent use.
type inflight struct {
	slots []sending // length is 0 or a power of two
	first uint64    // counter at position 0, if there are none of an earlier run
	fresh uint64    // position of the first that is of this run
	head  uint64    // oldest not done, or tail
	next  uint64    // nothing below is queued
	tail  uint64
	limit int // most entries between head and tail

	onWire int // in state wired
	live   int // not done

	soonest time.Duration // nothing expires before; of use while live
}

// sendState is where a message stands.
type sendState uint8

const (
	sendQueued sendState = iota
	sendWired
	sendHeld
	sendDone
)

// sending is a message under way.
type sending struct {
	counter uint64
	place   uint64 // its position
	conv    msgdef.Conversation
	kind    msgdef.ContentKind
	state   sendState
	tried   bool // has been on a wire: if it is given up, its outcome is unknown
	kept    bool // in an Outbox: it outlives the connection, and the client
	body    []byte
	extra   []byte
	expires time.Duration
	wired   time.Duration // when it was written last
	done    func(Sent, error)
}

// keptBody is the largest body memory, in bytes, that a done slot keeps.
const keptBody = 4096

// newInflight returns an empty list whose first message gets counter first.
func newInflight(first uint64, limit int) inflight {
	return inflight{first: first, limit: limit}
}

// counter returns the one the next message will get.
func (f *inflight) counter() uint64 { return f.first + f.tail }

func (f *inflight) at(position uint64) *sending {
	return &f.slots[position&uint64(len(f.slots)-1)]
}

// push queues a message under the next counter, until it expires, and copies
// it. ok is false when the list is full.
func (f *inflight) push(p parcel, expires time.Duration, done func(Sent, error)) (counter uint64, ok bool) {
	if f.tail-f.head >= uint64(f.limit) {
		return 0, false
	}
	return f.put(f.counter(), p, expires, done).counter, true
}

// put queues a message at the next position.
func (f *inflight) put(counter uint64, p parcel, expires time.Duration, done func(Sent, error)) *sending {
	if int(f.tail-f.head) == len(f.slots) {
		f.grow()
	}
	e := f.at(f.tail)
	*e = sending{
		counter: counter, place: f.tail, conv: p.conv, kind: p.kind,
		body: append(e.body[:0], p.body...), extra: append(e.extra[:0], p.extra...), expires: expires, done: done,
	}
	if f.live == 0 || expires < f.soonest {
		f.soonest = expires
	}
	f.tail++
	f.live++
	return e
}

// restore queues a message of an earlier run, which may have been on a wire. All
// are restored before the first is pushed, by counter; the limit is not theirs.
func (f *inflight) restore(q *Queued, expires time.Duration, done func(Sent, error)) {
	e := f.put(q.Counter, q.parcel(), expires, done)
	e.tried, e.kept = true, true
	f.first--
	f.fresh++
}

// hold keeps a message, the newest, and those behind it, from being written.
func (f *inflight) hold(counter uint64) {
	e := f.find(counter)
	e.state, e.kept = sendHeld, true
}

// release ends hold. It returns false when the message is over.
func (f *inflight) release(counter uint64) bool {
	e := f.find(counter)
	if e != nil {
		e.state = sendQueued
	}
	return e != nil
}

// grow doubles the ring.
func (f *inflight) grow() {
	old := *f
	f.slots = make([]sending, max(2*len(old.slots), 16))
	for p := f.head; p < f.tail; p++ {
		*f.at(p) = *old.at(p)
	}
}

// find returns the message of a counter that is not done, or nil. It is valid
// until the next push.
func (f *inflight) find(counter uint64) *sending {
	position := counter - f.first
	if counter < f.first+f.fresh {
		position = f.restored(counter)
	}
	if position < f.head || position >= f.tail {
		return nil
	}
	if e := f.at(position); e.state != sendDone && e.counter == counter {
		return e
	}
	return nil
}

// restored returns the position of a message of an earlier run; f.fresh or a
// wrong one when there is none.
func (f *inflight) restored(counter uint64) uint64 {
	if f.head >= f.fresh {
		return f.fresh
	}
	n := sort.Search(int(f.fresh-f.head), func(i int) bool { return f.at(f.head+uint64(i)).counter >= counter })
	return f.head + uint64(n)
}

// queuedNext returns the oldest message to write, or nil.
func (f *inflight) queuedNext() *sending {
	f.next = max(f.next, f.head)
	for ; f.next < f.tail; f.next++ {
		switch e := f.at(f.next); e.state {
		case sendQueued:
			return e
		case sendHeld:
			return nil
		}
	}
	return nil
}

// before returns the counter of the message sent before e that is not done
// yet, or 0.
func (f *inflight) before(e *sending) uint64 {
	for p := e.place; p > f.head; p-- {
		if b := f.at(p - 1); b.state != sendDone {
			return b.counter
		}
	}
	return 0
}

// wrote puts a queued message on the wire.
func (f *inflight) wrote(e *sending, now time.Duration) {
	e.state = sendWired
	e.tried = true
	e.wired = now
	f.onWire++
}

// requeue has a message on the wire written again.
func (f *inflight) requeue(e *sending) {
	if e.state != sendWired {
		return
	}
	e.state = sendQueued
	f.onWire--
	f.next = min(f.next, e.place)
}

// requeueOlder has every message written again that went onto the wire at the
// given time or before, and returns how many.
func (f *inflight) requeueOlder(than time.Duration) (n int) {
	for p := f.head; p < f.tail; p++ {
		if e := f.at(p); e.state == sendWired && e.wired <= than {
			f.requeue(e)
			n++
		}
	}
	return n
}

// finish ends a message, whose slot may be used again, and returns who waits
// for it.
func (f *inflight) finish(e *sending) func(Sent, error) {
	done := e.done
	if e.state == sendWired {
		f.onWire--
	}
	e.state = sendDone
	e.done = nil
	if cap(e.body) > keptBody {
		e.body = nil
	}
	f.live--
	for f.head < f.tail && f.at(f.head).state == sendDone {
		f.head++
	}
	return done
}

// oldest returns the message that waits longest, or nil.
func (f *inflight) oldest() *sending {
	if f.head == f.tail {
		return nil
	}
	return f.at(f.head)
}

// requeueAll has everything written again, for a new connection.
func (f *inflight) requeueAll() {
	for p := f.head; p < f.tail; p++ {
		f.requeue(f.at(p))
	}
}

// expire ends the messages whose time is over and returns them.
func (f *inflight) expire(now time.Duration) (ended []sending) {
	if f.live == 0 || now < f.soonest {
		return nil
	}
	f.soonest = math.MaxInt64
	for p, end := f.head, f.tail; p < end; p++ {
		switch e := f.at(p); {
		case e.state == sendDone:
		case e.expires <= now:
			ended = append(ended, f.give(e))
		default:
			f.soonest = min(f.soonest, e.expires)
		}
	}
	return ended
}

// drain ends all messages, but those that are kept unless all is set, and
// returns them.
func (f *inflight) drain(all bool) (ended []sending) {
	for p := f.head; p < f.tail; p++ {
		if e := f.at(p); e.state != sendDone && (all || !e.kept) {
			ended = append(ended, f.give(e))
		}
	}
	return ended
}

// give ends a message and returns what its sender must be told.
func (f *inflight) give(e *sending) sending {
	gone := sending{counter: e.counter, conv: e.conv, tried: e.tried, kept: e.kept, done: e.done}
	f.finish(e)
	return gone
}
