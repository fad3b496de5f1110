//go:build unix

package tcp

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"syscall"
	"time"

	"github.com/sim-im/sim/gate/transport"
)

// conn is a TCP connection at which a goroutine waits. Of its socket the runtime's
// poller has a file: package net would keep both addresses and what it is
// called beside it, three times as much.
//
//	Read, Write, deadlines ─▶ file         waits in the poller
//	ReadPooled             ─▶ reading      waits there, and then takes a buffer; lent by the pool
//	AwaitBytes             ─▶ file         waits there with nothing in hand
//	TryWrite               ─▶ socket       does not wait
type conn struct {
	socket socket   // its number belongs to file
	file   os.File  // by value: it is one word, and leads to the poller's
	peer   [16]byte // IPv4 in IPv6
}

// newConn takes over the socket of c, which is closed. TCP_NODELAY is on, as the
// net package sets it: what is written here is coalesced already.
func newConn(c *net.TCPConn) (transport.Conn, error) {
	defer c.Close()
	fd, err := duplicate(c)
	if err != nil {
		return nil, fmt.Errorf("tcp: %w", err)
	}
	from := remoteAddr(c)
	conn := &conn{file: *os.NewFile(uintptr(fd), "tcp"), peer: from.Addr().As16()}
	conn.socket.open(fd, from.Port())
	noFinalizer(&conn.file)
	if err := conn.file.SetDeadline(time.Time{}); err != nil { // the poller does not take it
		return nil, errors.Join(fmt.Errorf("tcp: %w", err), conn.file.Close())
	}
	return conn, nil
}

// duplicate returns another number of c's socket, which the caller closes. Like the
// first, it does not block.
func duplicate(c syscall.Conn) (fd int, err error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0, err
	}
	control := raw.Control(func(old uintptr) {
		syscall.ForkLock.RLock()
		defer syscall.ForkLock.RUnlock()
		if fd, err = syscall.Dup(int(old)); err == nil {
			syscall.CloseOnExec(fd)
		}
	})
	return fd, errors.Join(control, os.NewSyscallError("dup", err))
}

// Read implements transport.Conn.
func (c *conn) Read(p []byte) (int, error) {
	n, err := c.file.Read(p)
	return n, c.translate(err)
}

// ReadPooled implements transport.Conn.
func (c *conn) ReadPooled(pool *transport.Pool) ([]byte, int, error) {
	r, err := lent(pool, c.file)
	if err != nil {
		return nil, 0, c.translate(err)
	}
	buf, n, err := r.pooled(pool)
	return buf, n, c.translate(err)
}

// AwaitBytes implements transport.Patient.
func (c *conn) AwaitBytes() error {
	raw, err := c.file.SyscallConn()
	if err == nil {
		err = raw.Read(readable)
	}
	return c.translate(err)
}

// TryWrite implements transport.Conn.
func (c *conn) TryWrite(p []byte) (int, error) {
	if err := c.socket.use(); err != nil {
		return 0, err
	}
	defer c.release()
	if len(p) == 0 {
		return 0, nil
	}
	n, err := retry(int(c.socket.fd), p, send)
	if errors.Is(err, syscall.EAGAIN) {
		return 0, nil
	}
	return max(n, 0), c.translate(os.NewSyscallError("write", err))
}

// Write implements transport.Conn.
func (c *conn) Write(p []byte) (int, error) {
	n, err := c.file.Write(p)
	return n, c.translate(err)
}

// Detach closes the connection without the peer noticing, and returns the number of
// its socket, which the caller closes, for who knows more of sockets than a
// transport.Conn says.
func (c *conn) Detach() (fd int, err error) {
	if fd, err = duplicate(&c.file); err != nil {
		return 0, c.translate(err)
	}
	return fd, c.Close()
}

// SetReadDeadline implements transport.Conn.
func (c *conn) SetReadDeadline(t time.Time) error { return c.translate(c.file.SetReadDeadline(t)) }

// SetWriteDeadline implements transport.Conn.
func (c *conn) SetWriteDeadline(t time.Time) error { return c.translate(c.file.SetWriteDeadline(t)) }

// RemoteAddr implements transport.Conn. Addresses have no zones.
func (c *conn) RemoteAddr() netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom16(c.peer).Unmap(), c.socket.port())
}

// Close implements transport.Conn; a second Close does nothing.
func (c *conn) Close() error {
	if _, last := c.socket.close(); last {
		return c.giveBack()
	}
	return nil
}

// release ends a call on the socket. What closing could fail with, nobody can act
// upon.
func (c *conn) release() {
	if c.socket.release() {
		_ = c.giveBack()
	}
}

// giveBack closes the socket, which ends the waits. Nobody uses its number.
func (c *conn) giveBack() error {
	if err := c.file.Close(); err != nil {
		return fmt.Errorf("tcp: close: %w", err)
	}
	return nil
}

// translate is the other translate, for what a file says when it was closed.
func (c *conn) translate(err error) error {
	if err != nil && c.socket.closed() {
		return transport.ErrClosed
	}
	return translate(err)
}
