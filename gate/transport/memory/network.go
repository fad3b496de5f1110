package memory

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"syscall"

	"github.com/sim-im/sim/gate/transport"
)

// Backlog is how many connections wait to be accepted before Dial blocks.
const Backlog = 128

// Network is where listeners are found by name. It implements
// transport.Dialer. The zero value is ready; it must not be copied.
type Network struct {
	// Secured makes the connections transport.Secured, as those over QUIC are.
	// It is set before the first Dial.
	Secured bool

	// Room is how many bytes wait in one direction before writes block; 0 means
	// Capacity. It is set before the first Dial.
	Room int

	mu        sync.Mutex
	listeners map[string]*listener
}

// Listen accepts connections that Dial opens to name. The error wraps
// syscall.EADDRINUSE when somebody listens there already.
func (n *Network) Listen(name string) (transport.Listener, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.listeners[name] != nil {
		return nil, fmt.Errorf("memory: listen %q: %w", name, syscall.EADDRINUSE)
	}
	l := newListener(n, name)
	if n.listeners == nil {
		n.listeners = make(map[string]*listener)
	}
	n.listeners[name] = l
	return l, nil
}

// Dial connects to a listener. The error wraps syscall.ECONNREFUSED when
// nobody listens at name, or the context's error when it ends while the
// backlog is full.
func (n *Network) Dial(ctx context.Context, name string) (transport.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("memory: dial %q: %w", name, err)
	}
	l := n.find(name)
	if l == nil {
		return nil, fmt.Errorf("memory: dial %q: %w", name, syscall.ECONNREFUSED)
	}
	here, there := n.pipe()
	if err := l.offer(ctx, there); err != nil {
		here.Close()
		there.Close()
		return nil, fmt.Errorf("memory: dial %q: %w", name, err)
	}
	return here, nil
}

func (n *Network) pipe() (here, there transport.Conn) {
	if n.Secured {
		return SecuredPipe()
	}
	return pipeWith(cmp.Or(n.Room, Capacity))
}

// find returns the listener at name, or nil.
func (n *Network) find(name string) *listener {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.listeners[name]
}

// remove forgets a listener that closed.
func (n *Network) remove(l *listener) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.listeners[l.name] == l {
		delete(n.listeners, l.name)
	}
}
