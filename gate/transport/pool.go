package transport

import "sync"

// BufferSize is the length of a pooled read buffer in bytes: room for a whole
// record and the beginning of the next.
const BufferSize = 32 << 10

// Pool lends read buffers of BufferSize bytes. The zero value is ready.
type Pool struct {
	free sync.Pool
}

// Get returns a buffer; the caller owns it until Put.
func (p *Pool) Get() []byte {
	if b, ok := p.free.Get().(*[BufferSize]byte); ok {
		return b[:]
	}
	return new([BufferSize]byte)[:]
}

// Put gives a buffer of Get back; nothing may point into it any more.
func (p *Pool) Put(buf []byte) {
	p.free.Put((*[BufferSize]byte)(buf[:BufferSize]))
}
