package memory

import (
	"context"
	"sync"
	"syscall"

	"github.com/sim-im/sim/gate/transport"
)

// listener is the accepting end of a name.
type listener struct {
	network *Network
	name    string
	queue   chan transport.Conn
	closed  chan struct{}
	once    sync.Once
}

// newListener returns a listener that is open.
func newListener(n *Network, name string) *listener {
	return &listener{
		network: n,
		name:    name,
		queue:   make(chan transport.Conn, Backlog),
		closed:  make(chan struct{}),
	}
}

// offer queues a connection, waiting for room in the backlog.
func (l *listener) offer(ctx context.Context, c transport.Conn) error {
	select {
	case l.queue <- c:
	case <-l.closed:
		return syscall.ECONNREFUSED
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-l.closed: // Close may have drained the queue before this one came
		l.drain()
	default:
	}
	return nil
}

// Accept implements transport.Listener. Its only error is transport.ErrClosed.
func (l *listener) Accept() (transport.Conn, error) {
	select {
	case <-l.closed:
		return nil, transport.ErrClosed
	default:
	}
	select {
	case c := <-l.queue:
		return c, nil
	case <-l.closed:
		return nil, transport.ErrClosed
	}
}

// Addr implements transport.Listener: it is the name.
func (l *listener) Addr() string {
	return l.name
}

// Close implements transport.Listener. Connections that nobody accepted end.
func (l *listener) Close() error {
	l.once.Do(func() {
		l.network.remove(l)
		close(l.closed)
		l.drain()
	})
	return nil
}

// drain closes what waits to be accepted.
func (l *listener) drain() {
	for {
		select {
		case c := <-l.queue:
			c.Close()
		default:
			return
		}
	}
}
