package memory

// ring is a bounded queue of bytes.
//
//	0        head                head+size          len(buf)
//	| free    | waiting to be read | free             |
//
// The waiting part may wrap around the end. buf is allocated by the first
// write, so a connection that never carries anything costs none.
type ring struct {
	buf  []byte
	head int // offset of the oldest byte
	size int // bytes waiting
}

// put takes as much of p as there is room for below limit bytes.
func (r *ring) put(p []byte, limit int) int {
	if r.buf == nil && len(p) > 0 {
		r.buf = make([]byte, limit)
	}
	total := 0
	for len(p) > 0 && r.size < len(r.buf) {
		tail := (r.head + r.size) % len(r.buf)
		end := len(r.buf)
		if tail < r.head {
			end = r.head
		}
		n := copy(r.buf[tail:end], p)
		p = p[n:]
		r.size += n
		total += n
	}
	return total
}

// take moves the oldest bytes to p.
func (r *ring) take(p []byte) int {
	total := 0
	for len(p) > 0 && r.size > 0 {
		end := min(r.head+r.size, len(r.buf))
		n := copy(p, r.buf[r.head:end])
		p = p[n:]
		r.head = (r.head + n) % len(r.buf)
		r.size -= n
		total += n
	}
	return total
}
