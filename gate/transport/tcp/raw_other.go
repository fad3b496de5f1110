//go:build !unix

package tcp

import (
	"net"

	"github.com/sim-im/sim/gate/transport"
)

// raw does with the portable net package what raw_unix.go does with system
// calls. It is correct everywhere and meant for clients: an idle connection
// holds a buffer, and writes go through the blocking path.
type raw struct {
	tcp *net.TCPConn
}

// open prepares r for c.
func (r *raw) open(c *net.TCPConn) error {
	r.tcp = c
	return nil
}

// readPooled waits with the buffer in hand.
func (r *raw) readPooled(pool *transport.Pool) ([]byte, int, error) {
	buf := pool.Get()
	n, err := r.tcp.Read(buf)
	if err != nil {
		pool.Put(buf)
		return nil, 0, err
	}
	return buf, n, nil
}

// tryWrite says that everything would block, which sends the caller to Write.
// A write that is cancelled by a deadline would not do: Windows does not say
// how much of a cancelled send has left.
func (r *raw) tryWrite([]byte) (int, error) {
	return 0, nil
}
