package kitex

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"syscall"
	"time"
)

// Times on the server's side of a connection.
const (
	handshakeTime = 5 * time.Second
	silentTime    = 2 * time.Minute  // between calls; what Kitex sets as well
	transferTime  = 30 * time.Second // for one call or answer to come or go
	acceptPause   = 50 * time.Millisecond
)

// listener bounds the connections of a server and can close them all.
type listener struct {
	net.Listener
	tls *tls.Config // nil: plain
	max int

	mu      sync.Mutex
	open    map[*serverConn]struct{}
	refused uint64
	ended   bool
}

// newListener takes over o.Listener.
func newListener(o ServerOptions) *listener {
	return &listener{Listener: o.Listener, tls: o.TLS, max: o.MaxConns, open: make(map[*serverConn]struct{})}
}

// Accept implements net.Listener. A lack of descriptors is waited out, because
// Kitex would end the server.
func (l *listener) Accept() (net.Conn, error) {
	for {
		nc, err := l.Listener.Accept()
		switch {
		case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE), errors.Is(err, syscall.ECONNABORTED):
			time.Sleep(acceptPause)
			continue
		case err != nil:
			return nil, err
		}
		if c := l.adopt(nc); c != nil {
			return c, nil
		}
		_ = nc.Close()
	}
}

// adopt makes a connection one of the server's; nil when there are too many.
func (l *listener) adopt(nc net.Conn) *serverConn {
	c := &serverConn{Conn: nc, listener: l}
	if l.tls != nil {
		c.secured = tls.Server(nc, l.tls)
		c.Conn = c.secured
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended || len(l.open) >= l.max {
		l.refused++
		return nil
	}
	l.open[c] = struct{}{}
	return c
}

// closeAll closes every connection, and those that come.
func (l *listener) closeAll() {
	l.mu.Lock()
	l.ended = true
	open := l.open
	l.open = make(map[*serverConn]struct{})
	l.mu.Unlock()
	for c := range open {
		_ = c.Conn.Close()
	}
}

// conns returns how many connections are open and how many were refused.
func (l *listener) conns() (open int, refused uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.open), l.refused
}

// serverConn is a connection to a server.
type serverConn struct {
	net.Conn
	listener *listener
	secured  *tls.Conn // nil: plain
	once     sync.Once
	refusal  error // of the handshake
}

// Read implements net.Conn. The first one makes the handshake, in the
// connection's own goroutine and in bounded time.
func (c *serverConn) Read(b []byte) (int, error) {
	if c.secured != nil {
		c.once.Do(c.handshake)
		if c.refusal != nil {
			return 0, c.refusal
		}
	}
	return c.Conn.Read(b)
}

// handshake lets in whom the TLS configuration admits.
func (c *serverConn) handshake() {
	ctx, cancel := context.WithTimeout(context.Background(), handshakeTime)
	defer cancel()
	c.refusal = c.secured.HandshakeContext(ctx)
}

// Write implements net.Conn. Who does not read its answers is cut off.
func (c *serverConn) Write(b []byte) (int, error) {
	if err := c.SetWriteDeadline(time.Now().Add(transferTime)); err != nil {
		return 0, err
	}
	return c.Conn.Write(b)
}

// Close implements net.Conn.
func (c *serverConn) Close() error {
	c.listener.mu.Lock()
	delete(c.listener.open, c)
	c.listener.mu.Unlock()
	return c.Conn.Close()
}
