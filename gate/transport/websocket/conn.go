package websocket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/coder/websocket"

	"github.com/sim-im/sim/gate/transport"
)

// conn is a connection. Its two halves wait outside the library, whose reads and
// writes cannot be given up half way without losing the connection.
type conn struct {
	ws      *websocket.Conn
	socket  net.Conn // below ws, to end it whatever ws waits for
	peer    netip.AddrPort
	buffers *transport.Pool
	in      transport.Receiver
	out     transport.Sender

	linger time.Duration
	client bool
	broken func(Reason) // counts; nil in clients

	closed   atomic.Bool
	released sync.Once
	gone     chan struct{} // closed when nothing is left
}

// newConn makes a conn of what was upgraded; receive must follow.
func newConn(ws *websocket.Conn, socket net.Conn, buffers *transport.Pool, linger time.Duration) *conn {
	c := &conn{ws: ws, socket: socket, peer: peerOf(socket), buffers: buffers, linger: linger, gone: make(chan struct{})}
	ws.SetReadLimit(MessageSize)
	c.in.Open(readError)
	c.out.Open(messages{c}, buffers, writeError)
	return c
}

// Read implements transport.Conn.
func (c *conn) Read(p []byte) (int, error) { return c.in.Read(p) }

// ReadPooled implements transport.Conn.
func (c *conn) ReadPooled(pool *transport.Pool) ([]byte, int, error) { return c.in.ReadPooled(pool) }

// TryWrite implements transport.Conn.
func (c *conn) TryWrite(p []byte) (int, error) { return c.out.TryWrite(p) }

// Write implements transport.Conn.
func (c *conn) Write(p []byte) (int, error) { return c.out.Write(p) }

// SetReadDeadline implements transport.Conn.
func (c *conn) SetReadDeadline(t time.Time) error { return c.in.SetDeadline(t) }

// SetWriteDeadline implements transport.Conn.
func (c *conn) SetWriteDeadline(t time.Time) error { return c.out.SetDeadline(t) }

// RemoteAddr implements transport.Conn. Behind a proxy it is the proxy's.
func (c *conn) RemoteAddr() netip.AddrPort { return c.peer }

// messages is where the sender writes: each chunk is a message.
type messages struct{ c *conn }

// Write implements transport.Stream.
func (m messages) Write(p []byte) (int, error) {
	if err := m.c.ws.Write(context.Background(), websocket.MessageBinary, p); err != nil {
		go m.c.release() // the receiver may be gone already
		return 0, err
	}
	return len(p), nil
}

// Close implements transport.Stream.
func (m messages) Close() error {
	go m.c.part(websocket.StatusNormalClosure, "")
	return nil
}

// errUnread ends receive because this side has closed.
var errUnread = errors.New("websocket: nobody reads any more")

// receive reads until the connection ends.
func (c *conn) receive() {
	for {
		kind, message, err := c.ws.Reader(context.Background())
		switch {
		case err != nil:
		case kind != websocket.MessageBinary:
			err = &MessageError{ReasonText}
		default:
			err = c.pass(message)
		}
		if err != nil {
			c.over(err)
			return
		}
	}
}

// pass gives a message to those who read. It waits without a buffer for the
// beginning of each frame; then a peer that stops in the middle holds one.
func (c *conn) pass(message io.Reader) error {
	for {
		if _, err := message.Read(nil); err != nil {
			return notEnd(err)
		}
		buf := c.buffers.Get()
		n, err := message.Read(buf)
		taken := n == 0 || c.in.Put(buf[:n])
		c.buffers.Put(buf)
		if !taken {
			return errUnread
		}
		if err != nil {
			return notEnd(err)
		}
	}
}

// notEnd returns nil for the end of a message.
func notEnd(err error) error {
	if err == io.EOF { //nolint:errorlint // the library returns it bare for that
		return nil
	}
	return err
}

// over tells both halves why the connection ends, and ends it. Who reads is told
// last: what is written after that fails for the same reason.
func (c *conn) over(err error) {
	if errors.Is(err, errUnread) {
		return // Close has begun what follows
	}
	code, end := websocket.StatusProtocolError, readError(err)
	out := end
	var broken *MessageError
	var closed websocket.CloseError
	switch {
	case errors.Is(err, websocket.ErrMessageTooBig):
		c.count(ReasonOversized)
		end = &MessageError{ReasonOversized}
		out = end
	case errors.As(err, &broken):
		c.count(broken.Reason)
		code, end, out = websocket.StatusUnsupportedData, broken, broken
	case orderly(err):
		end, out = io.EOF, fmt.Errorf("websocket: write: %w", syscall.EPIPE)
	case errors.As(err, &closed):
		end = &PeerError{int(closed.Code), closed.Reason}
		out = end
	}
	c.out.Fail(out)
	c.in.Fail(end)
	c.part(code, "")
}

// count counts why a connection of a listener had to end.
func (c *conn) count(reason Reason) {
	if c.broken != nil {
		c.broken(reason)
	}
}
