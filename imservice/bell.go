package imservice

import "sync"

// bell wakes all who listen, as often as it rings, and for good when it is
// closed.
type bell struct {
	mu      sync.Mutex
	rung    chan struct{} // closed by the next ring
	stopped chan struct{} // closed by close
}

func newBell() *bell {
	return &bell{rung: make(chan struct{}), stopped: make(chan struct{})}
}

// listen returns what the next ring closes.
func (b *bell) listen() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.rung
}

func (b *bell) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.rung)
	b.rung = make(chan struct{})
}

func (b *bell) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	select {
	case <-b.stopped:
	default:
		close(b.stopped)
	}
}
