package client

import "context"

// Flush returns nil when every message queued so far, by any goroutine, has
// been sent or has failed and its sender was told; or the context's error, or one
// that wraps ErrStopped when messages are kept that will not be sent for now.
func (c *Client) Flush(ctx context.Context) error {
	for {
		c.mu.Lock()
		idle := c.idle()
		emptied := c.flushed()
		var stuck error
		if c.stuck() {
			stuck = c.alive()
		}
		c.mu.Unlock()
		if idle || stuck != nil {
			return stuck
		}
		select {
		case <-emptied:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// idle reports whether no message is pending and no callback of one is running.
// mu is held.
func (c *Client) idle() bool {
	return c.sends.live == 0 && (c.link == nil || !c.link.corked)
}

// stuck reports whether messages are left that only another Connect sends. mu is
// held.
func (c *Client) stuck() bool { return !c.closed && c.status.Phase == Stopped && c.sends.live > 0 }

// flushed returns a channel that is closed when the client is idle. mu is held.
func (c *Client) flushed() <-chan struct{} {
	if c.empty == nil {
		c.empty = make(chan struct{})
	}
	return c.empty
}

// wakeFlush wakes those who wait in Flush. mu is held.
func (c *Client) wakeFlush() {
	if c.empty != nil && (c.sends.live == 0 || c.stuck()) {
		close(c.empty)
		c.empty = nil
	}
}
