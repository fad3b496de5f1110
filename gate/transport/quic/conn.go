package quic

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"

	quicgo "github.com/quic-go/quic-go"

	"github.com/sim-im/sim/gate/transport"
)

// Conn is a connection over QUIC. It implements transport.Secured.
type Conn struct {
	quic   *quicgo.Conn
	stream *quicgo.Stream // the main one
	out    transport.Sender
	paths  *paths // of a client; nil in servers
	linger time.Duration

	// of the goroutine that reads
	peek     [1]byte
	ended    atomic.Bool   // the peer's end was read
	greeting time.Duration // to wait for the gate's first byte; 0 when there is none to come

	// of Close, and of all that must not come after it
	mu      sync.Mutex
	closed  atomic.Bool           // written under mu
	timer   *time.Timer           // ends lingering; nil when there is none
	bulkOut *quicgo.SendStream    // nil when none was opened
	bulkIn  *quicgo.ReceiveStream // nil when none was accepted
	life    context.Context       // ends with Close, or when the connection is gone
	end     context.CancelFunc    // of life
	gone    chan struct{}         // closed when nothing is left
}

// newConn makes a Conn of a connection whose main stream is open.
func newConn(c *quicgo.Conn, main *quicgo.Stream, buffers *transport.Pool, linger time.Duration) *Conn {
	conn := &Conn{quic: c, stream: main, linger: linger, gone: make(chan struct{})}
	conn.life, conn.end = context.WithCancel(c.Context())
	conn.out.Open(main, buffers, writeError)
	main.SetPriority(priorityMain, true)
	return conn
}

// Read implements transport.Conn.
func (c *Conn) Read(p []byte) (int, error) {
	if err := c.readable(); err != nil {
		return 0, err
	}
	n, err := c.stream.Read(p)
	if n > 0 {
		return n, nil // an error is told by the next read
	}
	return 0, c.readError(err)
}

// ReadPooled implements transport.Conn.
func (c *Conn) ReadPooled(pool *transport.Pool) ([]byte, int, error) {
	if err := c.readable(); err != nil {
		return nil, 0, err
	}
	if _, err := c.stream.Peek(c.peek[:]); err != nil {
		return nil, 0, c.readError(err)
	}
	buf := pool.Get()
	n, err := c.stream.Read(buf)
	if n > 0 {
		return buf, n, nil
	}
	pool.Put(buf)
	return nil, 0, c.readError(err)
}

// readable returns why nothing can be read, or nil.
func (c *Conn) readable() error {
	switch {
	case c.closed.Load():
		return transport.ErrClosed
	case c.ended.Load():
		return io.EOF
	case c.greeting != 0:
		return c.greeted()
	}
	return nil
}

// greeted waits until the gate has accepted the connection. The handshake does
// not tell: the gate may drop the connection afterwards, and its last packet be
// lost.
func (c *Conn) greeted() error {
	timer := time.AfterFunc(c.greeting, func() {
		_ = c.quic.CloseWithError(codeIgnored, "") // always nil
	})
	defer timer.Stop()
	if n, err := c.stream.Read(c.peek[:]); n == 0 {
		return c.readError(err)
	}
	if c.peek[0] != StreamMain {
		_ = c.quic.CloseWithError(codeBadStream, "") // always nil
		return translate("read", errBadStream)
	}
	c.greeting = 0
	return nil
}

// readError translates an error of the main stream, after which nothing can be
// written either, unless it is a deadline. After the peer's end there is nothing
// left to carry, so the QUIC connection ends with it.
func (c *Conn) readError(err error) error {
	switch {
	case err == nil:
		return nil
	case c.closed.Load():
		return transport.ErrClosed
	case err == io.EOF: //nolint:errorlint // quic-go returns it bare
		c.ended.Store(true)
		c.out.Fail(writeError(&quicgo.ApplicationError{ErrorCode: codeDone}))
		c.hangUp()
		return io.EOF
	case !errors.Is(err, os.ErrDeadlineExceeded):
		c.out.Fail(writeError(err))
	}
	return translate("read", err)
}

// TryWrite implements transport.Conn.
func (c *Conn) TryWrite(p []byte) (int, error) {
	return c.out.TryWrite(p)
}

// Write implements transport.Conn.
func (c *Conn) Write(p []byte) (int, error) {
	return c.out.Write(p)
}

// SetReadDeadline implements transport.Conn.
func (c *Conn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed.Load() {
		return transport.ErrClosed
	}
	return c.stream.SetReadDeadline(t)
}

// SetWriteDeadline implements transport.Conn.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	return c.out.SetDeadline(t)
}

// RemoteAddr implements transport.Conn. In a server it is where the client is
// now: it changes when the client migrates.
func (c *Conn) RemoteAddr() netip.AddrPort {
	if c.paths != nil {
		return c.paths.peer
	}
	addr, ok := c.quic.RemoteAddr().(*net.UDPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	return unmap(addr.AddrPort())
}

// unmap gives an IPv4 peer of a socket for both families an IPv4 address.
func unmap(ap netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}
