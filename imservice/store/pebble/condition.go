package pebble

import (
	"log/slog"
	"sync"
)

// condition is the store's way to its end:
//
//	serving ──first failed write, damage, or engine fatal──▶ broken(why) ──▶ closing
//	   └──────────────────────────────Close─────────────────────────────────▶
//
// Broken is final: pebble does not unwind a failed write of its log or
// manifest, so going on could only make matters worse. Opening again recovers.
type condition struct {
	log     *slog.Logger
	broken  chan struct{} // closed when why is set
	closing chan struct{} // closed when Close starts

	mu     sync.Mutex
	why    error
	isOver bool
}

func newCondition(log *slog.Logger) *condition {
	return &condition{log: log, broken: make(chan struct{}), closing: make(chan struct{})}
}

// fail breaks the store; the first reason wins and is logged.
func (c *condition) fail(why error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.why != nil {
		return
	}
	c.why = why
	close(c.broken)
	c.log.Error("store broke: it takes no more writes", "error", why)
}

// err returns why the store is broken, nil while it is not.
func (c *condition) err() error {
	select {
	case <-c.broken:
		return c.why // written before the channel was closed
	default:
		return nil
	}
}

// broke tells whether the store is broken.
func (c *condition) broke() bool { return c.err() != nil }

// close marks the beginning of Close. It reports whether this was the first.
func (c *condition) close() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.isOver {
		return false
	}
	c.isOver = true
	close(c.closing)
	return true
}

// closed tells whether Close has started.
func (c *condition) closed() bool {
	select {
	case <-c.closing:
		return true
	default:
		return false
	}
}
