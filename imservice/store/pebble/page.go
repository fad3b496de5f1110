package pebble

// page counts what a read has gathered against the caller's limits.
type page struct {
	rows, maxRows   int
	bytes, maxBytes int
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
