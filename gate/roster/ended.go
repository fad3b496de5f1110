package roster

// endedMemory is how many of the last ended connections are remembered at
// least; twice as many at most.
const endedMemory = 4096

// ended remembers the connections that ended last. Register and Unregister of
// a connection may overtake each other; a connection that has ended must not
// come back as a ghost, which would be online for as long as its gate is.
// Numbers are not used twice in an epoch, so remembering is enough.
type ended struct {
	young, old map[uint64]struct{}
}

// add remembers that conn has ended. What was forgotten is the older half.
func (e *ended) add(conn uint64) {
	if e.young == nil || len(e.young) >= endedMemory {
		e.old, e.young = e.young, make(map[uint64]struct{})
	}
	e.young[conn] = struct{}{}
}

// has reports whether conn is remembered.
func (e *ended) has(conn uint64) bool {
	if _, ok := e.young[conn]; ok {
		return true
	}
	_, ok := e.old[conn]
	return ok
}
