package transport

import "sync"

// BufferSize is the length of a pooled read buffer in bytes: room for a whole
// record and the beginning of the next.
const BufferSize = 32 << 10

// Pool lends read buffers of BufferSize bytes, and what a transport reads with.
// The zero value is ready.
type Pool struct {
	free, tools sync.Pool
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

// Tool returns what a transport reads with, and would otherwise keep for each
// connection: something that was given to PutTool, by any transport, or nil. The
// caller owns it until PutTool.
func (p *Pool) Tool() any { return p.tools.Get() }

// PutTool gives a tool back. It leads to no connection any more.
func (p *Pool) PutTool(tool any) { p.tools.Put(tool) }
