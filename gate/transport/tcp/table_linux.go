package tcp

import (
	"sync"
	"sync/atomic"
)

// tableChunk is how many sockets a piece of the table has room for.
const tableChunk = 1024

// table finds a connection by the number of its socket, which the kernel keeps
// small. It grows by pieces and is read without a lock.
type table struct {
	chunks atomic.Pointer[[]*chunk]
	grows  sync.Mutex
}

type chunk [tableChunk]atomic.Pointer[eventConn]

// find returns the connection of a socket, or nil.
func (t *table) find(fd int32) *eventConn {
	if c := t.chunk(fd); c != nil {
		return c[fd%tableChunk].Load()
	}
	return nil
}

// put says whose a socket is from now on; nil is nobody's.
func (t *table) put(fd int32, c *eventConn) {
	for {
		if chunk := t.chunk(fd); chunk != nil {
			chunk[fd%tableChunk].Store(c)
			return
		}
		t.grow(int(fd / tableChunk))
	}
}

func (t *table) chunk(fd int32) *chunk {
	chunks := t.chunks.Load()
	if i := int(fd / tableChunk); chunks != nil && i < len(*chunks) {
		return (*chunks)[i]
	}
	return nil
}

// grow makes room up to piece i.
func (t *table) grow(i int) {
	t.grows.Lock()
	defer t.grows.Unlock()
	var chunks []*chunk
	if old := t.chunks.Load(); old != nil {
		chunks = append(chunks, *old...)
	}
	for len(chunks) <= i {
		chunks = append(chunks, new(chunk))
	}
	t.chunks.Store(&chunks)
}
