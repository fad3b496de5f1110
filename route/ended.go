package route

import "sync"

// endedMemory is how many of a gate's last ended connections are remembered.
const endedMemory = 4096

// ended remembers the connections of a gate that ended last. Register and
// Unregister of a connection may overtake each other, on their way or by being
// repeated; a connection that has ended must not come back as a ghost, which
// would be online forever. Connection numbers are not used twice in an epoch, so
// remembering is enough.
type ended struct {
	mu   sync.Mutex
	set  map[uint64]struct{}
	ring []uint64 // the same, oldest at next once it is full
	next int
}

// add remembers that conn has ended, and forgets the oldest above the bound.
func (e *ended) add(conn uint64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.set == nil {
		e.set = make(map[uint64]struct{})
	}
	if _, ok := e.set[conn]; ok {
		return
	}
	e.set[conn] = struct{}{}
	if len(e.ring) < endedMemory {
		e.ring = append(e.ring, conn)
		return
	}
	delete(e.set, e.ring[e.next])
	e.ring[e.next] = conn
	e.next = (e.next + 1) % endedMemory
}

// has reports whether conn is remembered.
func (e *ended) has(conn uint64) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	_, ok := e.set[conn]
	return ok
}
