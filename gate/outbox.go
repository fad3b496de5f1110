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

// outbox holds the frames that wait for a connection, in two queues: notes,
// which collapse into a Head when there are too many, and replies, which never
// do. Notes are written first.
//
// It is written by one goroutine at a time, which takes everything there is:
//
//	idle ──listed──▶ on a flusher's list ──take──▶ writing ──▶ idle
//	                                        ▲         │
//	                                        └─ more ──┘ (drain.go)
type outbox struct {
	mu    sync.Mutex
	phase phase

	notes     *buffer // nil while there are none
	frames    int     // in notes
	collapsed bool    // notes were dropped: a Head of top stands for them
	top       uint64  // highest useq the client was, or will be, told

	replies *buffer // nil while there are none

	listed  bool          // on the list of a flusher
	writing bool          // somebody writes: they look again before they stop
	room    chan struct{} // closed when replies were taken; nil while nobody waits
	unused  chan struct{} // closed when nobody writes any more; nil while nobody waits
}

// limits of the notes of a connection.
type noteLimits struct {
	frames, bytes int
}

// note makes room for a frame of size bytes that may collapse, and returns the
// buffer to append it to. nil means that it is not to be written; dropped is
// how many frames that, or making room, cost, and why. o.mu is held.
func (o *outbox) note(size int, useq uint64, pool *buffers, l noteLimits) (b *buffer, dropped int, why Drop) {
	if o.phase >= finishing {
		return nil, 1, DropGone
	}
	o.top = max(o.top, useq)
	if o.collapsed {
		return nil, 1, DropCollapsed
	}
	if o.notes == nil {
		o.notes = pool.get()
	}
	if o.frames >= l.frames || len(o.notes.b)+size > l.bytes {
		return nil, 1 + o.collapse(pool), DropCollapsed
	}
	o.frames++
	return o.notes, 0, 0
}

// collapse drops the notes and returns how many they were. o.mu is held.
func (o *outbox) collapse(pool *buffers) int {
	dropped := o.frames
	pool.put(o.notes)
	o.notes, o.frames, o.collapsed = nil, 0, true
	return dropped
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
		notes = pool.get()
		notes.b = frame.Append(notes.b, &msgdef.Head{USeq: o.top})
	}
	o.notes, o.replies = nil, nil
	o.frames, o.collapsed = 0, false
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
	if o.room != nil {
		close(o.room)
		o.room = nil
	}
}

// close makes the outbox take and give nothing any more. Who still writes
// finds out by the connection being closed.
func (o *outbox) close(pool *buffers) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.phase = shut
	pool.put(o.notes)
	pool.put(o.replies)
	o.notes, o.replies, o.collapsed = nil, nil, false
	o.wake()
}

// awaitWriter returns when nobody writes. The outbox is closed.
func (o *outbox) awaitWriter() {
	o.mu.Lock()
	if !o.writing {
		o.mu.Unlock()
		return
	}
	o.unused = make(chan struct{})
	unused := o.unused
	o.mu.Unlock()
	<-unused
}

// release ends the caller's writing. o.mu is held.
func (o *outbox) release() {
	o.writing = false
	if o.unused != nil {
		close(o.unused)
		o.unused = nil
	}
}

// closing tells whether a last frame waits or the outbox is shut.
func (o *outbox) closing() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.phase >= finishing
}
