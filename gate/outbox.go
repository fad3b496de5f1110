package gate

import (
	"sync"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
)

// phase is where an outbox is; see the drawing in doc.go.
type phase uint8

const (
	opening   phase = iota // frames gather
	open                   // frames flow
	finishing              // the last frame is there; nothing is added any more
	shut                   // nothing is written any more
)

// outbox holds the frames that wait for a connection, in two queues. Notes
// come from a route, in the order of useq: notifies and receipts, which
// collapse into a Head when there are too many, and between them the outcomes
// of sends, which stay, since nothing but sending again would heal them, and
// what applications tell, which stays too but is bounded on its own.
// Replies answer requests of the reader, and are bounded by its waiting.
//
// It is written by one goroutine at a time, which takes everything there is,
// notes first:
//
//	idle ──listed──▶ on a flusher's list ──take──▶ writing ──▶ idle
//	                                        ▲         │
//	                                        └─ more ──┘ (drain.go)
type outbox struct {
	mu      sync.Mutex
	notes   *buffer       // nil while there are none
	replies *buffer       // nil while there are none
	change  chan struct{} // closed when replies were taken or, in a shut one, when nobody writes any more; nil while nobody waits
	top     uint64        // highest useq the client was, or will be, told

	frames    int32 // in notes, of those that collapse
	apps      int32 // in notes, of applications
	appBytes  int32 // of those
	rest      int32 // bytes of a write that did not go at once, and waits; 0 while none does
	held      int32 // bytes counted in the pressure
	phase     phase
	collapsed bool // notes were dropped: a Head of top stands for them
	listed    bool // on the list of a flusher
	writing   bool // somebody writes: they look again before they stop
}

// blocked tells whether a write waits for the peer to read. o.mu is held.
func (o *outbox) blocked() bool { return o.rest > 0 }

// noteLimits bounds the notes of a connection. frames counts only while the
// connection is blocked: what one batch brings to a quick reader is no queue.
type noteLimits struct {
	frames, bytes int
	pressure      *pressure
}

// note makes room for n frames of size bytes together and returns the buffer to
// append them to. nil means that they are not to be written; dropped is how many
// frames that, or making room, cost, and why. lasts tells that they do not
// collapse. o.mu is held.
func (o *outbox) note(n, size int, useq uint64, lasts bool, pool *buffers, l noteLimits) (b *buffer, dropped int, why Drop) {
	if o.phase >= finishing {
		return nil, n, DropGone
	}
	o.top = max(o.top, useq)
	if o.collapsed && !lasts {
		return nil, n, DropCollapsed
	}
	if o.notes == nil {
		o.notes = pool.get()
	}
	full := o.full(size, l)
	if !o.collapsed && (full || !lasts && o.blocked() && int(o.frames) >= l.frames) {
		dropped = o.collapse(pool)
		full = o.full(size, l)
	}
	if full || o.collapsed && !lasts {
		if len(o.notes.b) == 0 {
			pool.put(o.notes)
			o.notes = nil
		}
		o.weigh(l.pressure)
		return nil, dropped + n, DropCollapsed
	}
	if !lasts {
		o.frames += int32(n)
	}
	return o.notes, dropped, DropCollapsed
}

// full tells whether size bytes more are too many, for the connection or under
// pressure. o.mu is held.
func (o *outbox) full(size int, l noteLimits) bool {
	return len(o.notes.b)+size > l.bytes || o.pressed(size, l.pressure)
}

// takesApp tells whether there is room for a note of an application, and counts
// it. Such notes have a share of their own, a quarter of the bytes, so that they
// do not make notifies collapse, and stay when those do: no Head would heal them.
// Beyond it they are dropped. o.mu is held.
func (o *outbox) takesApp(size int, l noteLimits) bool {
	if o.blocked() && int(o.apps) >= l.frames || int(o.appBytes)+size > l.bytes/4 || o.pressed(size, l.pressure) {
		return false
	}
	if o.notes != nil && len(o.notes.b)+size > l.bytes { // others have taken more than their share
		return false
	}
	o.apps++
	o.appBytes += int32(size)
	return true
}

// collapse drops the notes that may be, and returns how many they were. o.mu
// is held.
func (o *outbox) collapse(pool *buffers) (dropped int) {
	old := o.notes
	rest := old.b
	o.notes = pool.get() // what collapses is to take no memory any more
	kept := o.notes.b
	for {
		f, next, err := frame.Next(rest)
		if err != nil { // the end
			break
		}
		if lasting(f.Type) {
			kept = append(kept, rest[:len(rest)-len(next)]...)
		} else {
			dropped++
		}
		rest = next
	}
	o.notes.b, o.frames, o.collapsed = kept, 0, true
	pool.put(old)
	return dropped
}

// lasting tells whether a note does not collapse.
func lasting(t msgdef.Type) bool {
	return t == msgdef.TypeSendAck || t == msgdef.TypeError || t == msgdef.TypeReadOK || ofApplication(t)
}

// list tells whether the caller has to put the connection on a flusher's list.
// o.mu is held.
func (o *outbox) list() bool {
	if o.listed || o.writing || o.phase == opening || o.phase == shut {
		return false
	}
	o.listed = true
	return true
}

// take removes all frames; the caller owns the buffer. It is nil when there
// are none. o.mu is held.
func (o *outbox) take(pool *buffers) *buffer {
	notes, replies := o.notes, o.replies
	if o.collapsed {
		if notes == nil {
			notes = pool.get()
		}
		notes.b = frame.Append(notes.b, &msgdef.Head{USeq: o.top})
	}
	o.notes, o.replies = nil, nil
	o.frames, o.apps, o.appBytes, o.collapsed = 0, 0, 0, false
	o.wake()
	if notes == nil {
		return replies
	}
	if replies != nil {
		notes.b = append(notes.b, replies.b...)
		pool.put(replies)
	}
	return notes
}

// wake lets a reader that waits for room look again. o.mu is held.
func (o *outbox) wake() {
	if o.change != nil {
		close(o.change)
		o.change = nil
	}
}

// close makes the outbox take and give nothing any more. Who still writes
// finds out by the connection being closed.
func (o *outbox) close(pool *buffers, p *pressure) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.phase == shut {
		return // who waits now, waits for the writer
	}
	o.phase = shut
	pool.put(o.notes)
	pool.put(o.replies)
	o.notes, o.replies, o.collapsed = nil, nil, false
	o.weigh(p)
	o.wake()
}

// awaitWriter returns when nobody writes. The outbox is closed.
func (o *outbox) awaitWriter() {
	o.mu.Lock()
	if !o.writing {
		o.mu.Unlock()
		return
	}
	unused := make(chan struct{})
	o.change = unused
	o.mu.Unlock()
	<-unused
}

// release ends the caller's writing. o.mu is held.
func (o *outbox) release(p *pressure) {
	o.writing, o.rest = false, 0
	o.weigh(p)
	if o.phase == shut {
		o.wake()
	}
}

// closing tells whether a last frame waits or the outbox is shut.
func (o *outbox) closing() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.phase >= finishing
}
