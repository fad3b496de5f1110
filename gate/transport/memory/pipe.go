package memory

import (
	"net/netip"
	"time"

	"github.com/sim-im/sim/gate/transport"
)

// Pipe returns two ends of a connection: what is written to one is read from
// the other.
func Pipe() (a, b transport.Conn) { return pipeWith(Capacity) }

func pipeWith(room int) (a, b transport.Conn) {
	ab, ba := newStream(room), newStream(room)
	return &conn{in: ba, out: ab}, &conn{in: ab, out: ba}
}

// conn is one end of a pipe.
type conn struct {
	in, out *stream
}

// Read implements transport.Conn.
func (c *conn) Read(p []byte) (int, error) {
	return c.in.read(p)
}

// ReadPooled implements transport.Conn.
func (c *conn) ReadPooled(pool *transport.Pool) ([]byte, int, error) {
	return c.in.readPooled(pool)
}

// TryWrite implements transport.Conn.
func (c *conn) TryWrite(p []byte) (int, error) {
	return c.out.tryWrite(p)
}

// Write implements transport.Conn.
func (c *conn) Write(p []byte) (int, error) {
	return c.out.write(p)
}

// SetReadDeadline implements transport.Conn.
func (c *conn) SetReadDeadline(t time.Time) error {
	return c.in.setDeadline(&c.in.reader, t)
}

// SetWriteDeadline implements transport.Conn.
func (c *conn) SetWriteDeadline(t time.Time) error {
	return c.out.setDeadline(&c.out.writer, t)
}

// RemoteAddr implements transport.Conn: there is none.
func (c *conn) RemoteAddr() netip.AddrPort {
	return netip.AddrPort{}
}

// Close implements transport.Conn. The peer reads what was written before, and
// then io.EOF; what the peer wrote and nobody read is dropped.
func (c *conn) Close() error {
	c.in.close(&c.in.reader)
	c.out.close(&c.out.writer)
	return nil
}
