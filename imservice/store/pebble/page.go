package pebble

// page counts what a read has gathered against the caller's limits.
type page struct {
	rows, maxRows   int
	bytes, maxBytes int

	last    uint64 // sequence of the row before
	started bool
}

// follow checks that a row is the neighbour of the one before it, in either
// direction. Sequences have no gaps, so a missing row is damage: the engine
// does not notice when the end of its list of tables is lost.
func (p *page) follow(key []byte) error {
	seq := lastNumber(key)
	if p.started && seq != p.last+1 && seq != p.last-1 {
		return badRow(key, "the row next to it is missing")
	}
	p.last, p.started = seq, true
	return nil
}

// full tells whether no further row may be added, whatever its size.
func (p *page) full() bool { return p.rows >= p.maxRows }

// take adds a row of size bytes, unless that would be more than allowed. The
// first row is always taken, or a large one could never be read.
func (p *page) take(size int) bool {
	if p.full() || p.rows > 0 && p.bytes+size > p.maxBytes {
		return false
	}
	p.rows++
	p.bytes += size
	return true
}
