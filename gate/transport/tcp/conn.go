package tcp

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"time"

	"github.com/sim-im/sim/gate/transport"
)

// conn is a TCP connection. Its raw side keeps the state of the one read and
// the one write that may be under way, so that neither allocates.
type conn struct {
	tcp *net.TCPConn
	raw raw
}

// newConn takes over c, and closes it when that fails. TCP_NODELAY is on, as
// the net package sets it: what is written here is coalesced already.
func newConn(c *net.TCPConn) (transport.Conn, error) {
	conn := &conn{tcp: c}
	if err := conn.raw.open(c); err != nil {
		c.Close()
		return nil, fmt.Errorf("tcp: %w", err)
	}
	return conn, nil
}

// Read implements transport.Conn.
func (c *conn) Read(p []byte) (int, error) {
	n, err := c.tcp.Read(p)
	return n, translate(err)
}

// ReadPooled implements transport.Conn.
func (c *conn) ReadPooled(pool *transport.Pool) ([]byte, int, error) {
	buf, n, err := c.raw.readPooled(pool)
	return buf, n, translate(err)
}

// TryWrite implements transport.Conn.
func (c *conn) TryWrite(p []byte) (int, error) {
	n, err := c.raw.tryWrite(p)
	return n, translate(err)
}

// Write implements transport.Conn.
func (c *conn) Write(p []byte) (int, error) {
	n, err := c.tcp.Write(p)
	return n, translate(err)
}

// SetReadDeadline implements transport.Conn.
func (c *conn) SetReadDeadline(t time.Time) error {
	return translate(c.tcp.SetReadDeadline(t))
}

// SetWriteDeadline implements transport.Conn.
func (c *conn) SetWriteDeadline(t time.Time) error {
	return translate(c.tcp.SetWriteDeadline(t))
}

// RemoteAddr implements transport.Conn. An IPv4 peer has an IPv4 address, also
// when it came through a socket that takes both families: limits per address
// would count it twice otherwise.
func (c *conn) RemoteAddr() netip.AddrPort {
	addr, ok := c.tcp.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	ap := addr.AddrPort()
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}

// Close implements transport.Conn; a second Close does nothing.
func (c *conn) Close() error {
	if err := c.tcp.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("tcp: close: %w", err)
	}
	return nil
}

// translate turns the errors of net into those of transport: io.EOF stays bare,
// a closed connection is transport.ErrClosed, and the rest is wrapped, so that
// os.ErrDeadlineExceeded and error numbers can be found inside.
func translate(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, io.EOF):
		return io.EOF
	case errors.Is(err, net.ErrClosed):
		return transport.ErrClosed
	}
	return fmt.Errorf("tcp: %w", err)
}
