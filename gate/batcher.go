package gate

import "sync"

// batcher hands items to one goroutine, which takes all that gathered while it
// was at work: under load batches grow by themselves, and there is no timer.
type batcher[T any] struct {
	work  func(batch []T) // the batch is valid until it returns
	bound int             // of items that wait
	wake  chan struct{}   // holds one token when items became non-empty

	mu     sync.Mutex
	items  []T
	closed bool
}

func newBatcher[T any](bound int, work func([]T)) *batcher[T] {
	return &batcher[T]{work: work, bound: bound, wake: make(chan struct{}, 1)}
}

// add queues items, of which it copies the list. It returns false when too many
// wait, and then queues none.
func (b *batcher[T]) add(items ...T) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed || len(b.items)+len(items) > b.bound {
		return false
	}
	first := len(b.items) == 0
	b.items = append(b.items, items...)
	if first && len(items) > 0 {
		b.signal()
	}
	return true
}

// close makes run return after everything queued was worked on.
func (b *batcher[T]) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	b.signal()
}

func (b *batcher[T]) signal() {
	select {
	case b.wake <- struct{}{}:
	default: // a token is there already
	}
}

// run works until close.
func (b *batcher[T]) run() {
	var batch []T
	for range b.wake {
		b.mu.Lock()
		batch, b.items = b.items, batch[:0]
		closed := b.closed
		b.mu.Unlock()
		if len(batch) > 0 {
			b.work(batch)
			clear(batch)
		}
		if closed {
			return
		}
	}
}
