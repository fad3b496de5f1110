package gate

import (
	"context"
	"sync"
	"time"
)

// call returns the context of a call to the route, as context.WithTimeout would.
func (s *Server) call(timeout time.Duration) (context.Context, context.CancelFunc) {
	c := &call{parent: s.calls, deadline: time.Now().Add(timeout)}
	return c, c.cancel
}

// call is the context of a call to the route. A timer, a channel and a place
// among the children of its parent are made when somebody asks for Done: a route
// in the same process mostly answers without. It implements context.Context.
type call struct {
	parent   context.Context
	deadline time.Time

	mu    sync.Mutex
	err   error              // why it has ended, as long as there is no inner
	inner context.Context    // nil until somebody asks for Done
	stop  context.CancelFunc // of inner
}

// Deadline implements context.Context.
func (c *call) Deadline() (time.Time, bool) { return c.deadline, true }

// Done implements context.Context.
func (c *call) Done() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.inner == nil {
		c.inner, c.stop = context.WithDeadline(c.parent, c.deadline)
		if c.err != nil {
			c.stop()
		}
	}
	return c.inner.Done()
}

// Err implements context.Context.
func (c *call) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.err != nil:
	case c.inner != nil:
		return c.inner.Err()
	case c.parent.Err() != nil:
		c.err = c.parent.Err()
	case !time.Now().Before(c.deadline):
		c.err = context.DeadlineExceeded
	}
	return c.err
}

// Value implements context.Context. Package context finds the children's parent
// by it, once it has asked for Done.
func (c *call) Value(key any) any {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.inner != nil {
		return c.inner.Value(key)
	}
	return c.parent.Value(key)
}

func (c *call) cancel() {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.inner != nil:
		c.stop()
	case c.err == nil:
		c.err = context.Canceled
	}
}
