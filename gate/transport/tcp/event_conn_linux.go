package tcp

import (
	"errors"
	"io"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/sim-im/sim/gate/transport"
)

// eventConn is a TCP connection that loops watch. It is all that an idle one
// costs in this process: there is no goroutine, no timer and no buffer, and what
// those need who wait is there only meanwhile (waits).
//
// The kernel tells each change once. So ready is forgotten before a read, and
// known again when the read has left something:
//
//	event ─▶ ready ──read──▶ all there was ──▶ not ready ──▶ wait, or Await
//	           ▲               │
//	           └───────────────┴─ more, the end, an event meanwhile
//
// and room alike before a write that is to be followed by a wait.
type eventConn struct {
	loops  *loops
	peer   [16]byte // IPv4 in IPv6
	number uint32   // tells connections apart that had the same socket number
	socket socket

	mu      sync.Mutex
	ready   bool              // there may be something to read
	ended   bool              // the peer sends no more, or it broke: ready stays
	room    bool              // there may be room to write
	awaiter transport.Awaiter // nil while nobody awaits
	waits   *waits            // nil without deadline and without anybody who waits
}

var _ transport.Eventful = (*eventConn)(nil)

// adopt takes over a socket that does not block, and closes it on error.
func (l *loops) adopt(fd int, peer netip.AddrPort) (transport.Conn, error) {
	number := l.last.Add(1)
	c := &eventConn{loops: l, peer: peer.Addr().As16(), number: number}
	c.socket.open(fd, peer.Port())
	l.users.Add(1)
	l.conns.put(int32(fd), c)
	if err := l.all[number%uint32(len(l.all))].watch(c); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// hear takes an event of the loop, and returns whom it has to begin.
func (c *eventConn) hear(what uint32) (awaiter transport.Awaiter) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.room = c.room || what&heardWrite != 0
	c.ended = c.ended || what&heardEnd != 0
	c.ready = c.ready || what&heardRead != 0
	if c.waits != nil && c.room {
		c.waits.out.changed.Broadcast()
	}
	if c.ready {
		return c.wakeReader()
	}
	return nil
}

// wakeReader wakes who waits to read, and returns whom the caller has to begin
// once it has unlocked c.mu, which is held.
func (c *eventConn) wakeReader() (awaiter transport.Awaiter) {
	if c.waits != nil {
		c.waits.in.changed.Broadcast()
	}
	awaiter, c.awaiter = c.awaiter, nil
	return awaiter
}

// begin is for whom no event wakes.
func begin(awaiter transport.Awaiter) {
	if awaiter != nil {
		go awaiter.Readable()
	}
}

// Await implements transport.Eventful.
func (c *eventConn) Await(r transport.Awaiter) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ready || c.socket.closed() || c.waits != nil && c.waits.in.pass() {
		return false
	}
	c.awaiter = r
	if c.waits != nil {
		c.waits.in.arm(c.waits)
	}
	return true
}

// Read implements transport.Conn.
func (c *eventConn) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for {
		if err := c.awaitReady(); err != nil {
			return 0, err
		}
		if n, again, err := c.readNow(p); !again {
			return n, err
		}
	}
}

// ReadPooled implements transport.Conn.
func (c *eventConn) ReadPooled(pool *transport.Pool) ([]byte, int, error) {
	for {
		if err := c.awaitReady(); err != nil {
			return nil, 0, err
		}
		buf := pool.Get()
		n, again, err := c.readNow(buf)
		if err == nil && !again {
			return buf, n, nil
		}
		pool.Put(buf)
		if err != nil {
			return nil, 0, err
		}
	}
}

// readNow reads what is there; again means that there was nothing. A read that
// does not fill p has left nothing.
func (c *eventConn) readNow(p []byte) (n int, again bool, err error) {
	if err := c.socket.use(); err != nil {
		return 0, false, err
	}
	n, err = retry(int(c.socket.fd), p, receive)
	c.release()
	switch {
	case errors.Is(err, syscall.EAGAIN):
		return 0, true, nil
	case err != nil:
		n, err = 0, translate(os.NewSyscallError("read", err))
	case n == 0:
		err = io.EOF
	case n < len(p):
		return n, false, nil
	}
	c.mu.Lock()
	c.ready = true
	c.mu.Unlock()
	return n, false, err
}

// TryWrite implements transport.Conn.
func (c *eventConn) TryWrite(p []byte) (int, error) {
	if err := c.socket.use(); err != nil {
		return 0, err
	}
	defer c.release()
	if len(p) == 0 {
		return 0, nil
	}
	return sent(retry(int(c.socket.fd), p, send))
}

// sent is what TryWrite says of a send: one that would wait is no error.
func sent(n int, err error) (int, error) {
	if errors.Is(err, syscall.EAGAIN) {
		return 0, nil
	}
	return max(n, 0), translate(os.NewSyscallError("write", err))
}

// Write implements transport.Conn.
func (c *eventConn) Write(p []byte) (total int, err error) {
	for full := false; len(p) > 0; {
		if err := c.awaitRoom(full); err != nil {
			return total, err
		}
		n, err := c.TryWrite(p)
		total += n
		p = p[n:]
		if err != nil {
			return total, err
		}
		full = n == 0
	}
	return total, nil
}

// RemoteAddr implements transport.Conn. Addresses have no zones.
func (c *eventConn) RemoteAddr() netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom16(c.peer).Unmap(), c.socket.port())
}

// Close implements transport.Conn; a second Close does nothing.
func (c *eventConn) Close() error {
	first, last := c.socket.close()
	if !first {
		return nil
	}
	c.mu.Lock()
	awaiter := c.wakeReader()
	if c.waits != nil {
		c.waits.out.changed.Broadcast()
		c.waits.in.deadline, c.waits.out.deadline = time.Time{}, time.Time{}
		c.settle()
	}
	c.mu.Unlock()
	begin(awaiter)
	if last {
		c.giveBack()
	}
	return nil
}

// release ends a call on the socket.
func (c *eventConn) release() {
	if c.socket.release() {
		c.giveBack()
	}
}

// giveBack closes the socket. Nobody finds c by its number any more before
// that is another's. What closing could fail with, nobody can act upon.
func (c *eventConn) giveBack() {
	c.loops.conns.put(c.socket.fd, nil)
	_ = c.socket.giveBack()
	_ = c.loops.leave()
}
