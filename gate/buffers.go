package gate

import "sync"

// Sizes of frame buffers in bytes. Larger ones than maxKept are left to the
// garbage collector, so that one burst does not stay in memory.
const (
	firstSize = 2 << 10
	maxKept   = 128 << 10
)

// buffer holds frames that wait for a connection. It is handed around as a
// pointer, so that pooling it allocates nothing.
type buffer struct {
	b []byte
}

// cap returns the memory of a buffer; nil has none.
func (b *buffer) cap() int {
	if b == nil {
		return 0
	}
	return cap(b.b)
}

// buffers lends buffers. The zero value is ready.
type buffers struct {
	free sync.Pool
}

// get returns an empty buffer.
func (p *buffers) get() *buffer {
	if b, ok := p.free.Get().(*buffer); ok {
		return b
	}
	return &buffer{make([]byte, 0, firstSize)}
}

// put takes a buffer back; nil is none.
func (p *buffers) put(b *buffer) {
	if b == nil || cap(b.b) > maxKept {
		return
	}
	b.b = b.b[:0]
	p.free.Put(b)
}
