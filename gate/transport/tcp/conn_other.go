//go:build !unix

package tcp

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/sim-im/sim/gate/transport"
)

// conn is a TCP connection as package net has it. It is correct everywhere and
// meant for clients: an idle connection holds a buffer, and writes go through the
// blocking path.
type conn struct {
	tcp *net.TCPConn
}

// newConn takes over c. TCP_NODELAY is on, as the net package sets it: what is
// written here is coalesced already.
func newConn(c *net.TCPConn) (transport.Conn, error) { return &conn{tcp: c}, nil }

// Read implements transport.Conn.
func (c *conn) Read(p []byte) (int, error) {
	n, err := c.tcp.Read(p)
	return n, translate(err)
}

// ReadPooled implements transport.Conn. It waits with the buffer in hand.
func (c *conn) ReadPooled(pool *transport.Pool) ([]byte, int, error) {
	buf := pool.Get()
	n, err := c.tcp.Read(buf)
	if err != nil {
		pool.Put(buf)
		return nil, 0, translate(err)
	}
	return buf, n, nil
}

// TryWrite implements transport.Conn. It says that everything would block, which
// sends the caller to Write. A write that is cancelled by a deadline would not
// do: Windows does not say how much of a cancelled send has left.
func (c *conn) TryWrite([]byte) (int, error) { return 0, nil }

// Write implements transport.Conn.
func (c *conn) Write(p []byte) (int, error) {
	n, err := c.tcp.Write(p)
	return n, translate(err)
}

// SetReadDeadline implements transport.Conn.
func (c *conn) SetReadDeadline(t time.Time) error { return translate(c.tcp.SetReadDeadline(t)) }

// SetWriteDeadline implements transport.Conn.
func (c *conn) SetWriteDeadline(t time.Time) error { return translate(c.tcp.SetWriteDeadline(t)) }

// RemoteAddr implements transport.Conn.
func (c *conn) RemoteAddr() netip.AddrPort { return remoteAddr(c.tcp) }

// Close implements transport.Conn; a second Close does nothing.
func (c *conn) Close() error {
	if err := c.tcp.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("tcp: close: %w", err)
	}
	return nil
}
