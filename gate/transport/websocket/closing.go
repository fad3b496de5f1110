package websocket

import (
	"time"

	"github.com/coder/websocket"
)

// Linger is how long a connection that was closed waits for the peer to read
// what was written before. It holds no more than its buffers.
const Linger = 3 * time.Second

// farewell is how long Close of a client waits for the gate to close as well,
// which usually takes one round trip: a process that exits right after Close has
// then told its gate.
const farewell = 500 * time.Millisecond

// Close implements transport.Conn. It returns at once in servers, and within
// half a second in clients; the rest of Linger passes in the background. A
// second Close does nothing.
//
//	open ──Close──▶ lingering ──▶ gone    the peer closed as well, or Linger is over
//	  │                                   │
//	  └──peer closed, connection lost, or message refused──▶ gone
func (c *conn) Close() error {
	if c.closed.Swap(true) {
		return nil
	}
	c.bound()
	c.in.Close()
	c.out.Close()
	if c.client {
		c.await(farewell)
	}
	return nil
}

// bound ends the socket after Linger, whatever waits for it.
func (c *conn) bound() {
	c.socket.SetDeadline(time.Now().Add(c.linger)) // fails only when the socket is no more
}

// part says why and waits for the peer to close as well.
func (c *conn) part(code websocket.StatusCode, reason string) {
	c.bound()
	_ = c.ws.Close(code, reason) // nobody is left to tell
	c.release()
}

// release ends what may still be there.
func (c *conn) release() {
	c.released.Do(func() {
		c.socket.Close()
		_ = c.ws.CloseNow() // it may be closed
		close(c.gone)
	})
}

// await waits until the connection is gone, up to d.
func (c *conn) await(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-c.gone:
	case <-timer.C:
	}
}
