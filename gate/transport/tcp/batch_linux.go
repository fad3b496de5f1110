//go:build linux && (amd64 || arm64)

package tcp

import (
	"fmt"
	"syscall"

	"github.com/sim-im/sim/gate/transport"
)

// batch writes to connections that loops watch, through a ring.
type batch struct {
	ring    *ring
	conns   []*eventConn // in use until Write
	parts   [][]byte     // of each: keeps what the kernel reads
	written []transport.Written
}

var _ transport.Batched = (*eventConn)(nil)

// NewBatch implements transport.Batched.
func (c *eventConn) NewBatch() (transport.Batch, error) {
	r, err := openRing()
	if err != nil {
		return nil, fmt.Errorf("tcp: %w", err)
	}
	return &batch{
		ring: r, conns: make([]*eventConn, 0, ringSize), parts: make([][]byte, 0, ringSize),
		written: make([]transport.Written, 0, ringSize),
	}, nil
}

// Add implements transport.Batch.
func (b *batch) Add(c transport.Conn, p []byte) bool {
	e, ok := c.(*eventConn)
	if !ok || len(p) == 0 || len(b.conns) == ringSize || e.socket.use() != nil {
		return false
	}
	b.conns, b.parts = append(b.conns, e), append(b.parts, p)
	b.ring.send(e.socket.fd, p)
	return true
}

// Write implements transport.Batch.
func (b *batch) Write() []transport.Written {
	b.written = b.written[:0]
	if len(b.conns) > 0 {
		b.ring.run()
	}
	for i, c := range b.conns {
		b.written = append(b.written, b.outcome(i))
		c.release()
	}
	clear(b.conns)
	clear(b.parts)
	b.conns, b.parts = b.conns[:0], b.parts[:0]
	return b.written
}

// outcome is what came of the ith. What the kernel did not get to is sent by
// itself.
func (b *batch) outcome(i int) transport.Written {
	n, err := int(b.ring.results[i]), error(nil)
	switch {
	case n == untold, n == -int(syscall.EINTR):
		n, err = retry(int(b.conns[i].socket.fd), b.parts[i], send)
	case n < 0:
		err = syscall.Errno(-n)
	}
	n, err = sent(n, err)
	return transport.Written{N: n, Err: err}
}

// Close implements transport.Batch.
func (b *batch) Close() error {
	if err := b.ring.close(); err != nil {
		return fmt.Errorf("tcp: %w", err)
	}
	return nil
}
