package client

import "context"

// Flush returns nil when every message queued so far, by any goroutine, has
// been sent or has failed and its sender was told; or the context's error.
func (c *Client) Flush(ctx context.Context) error {
	for {
		c.mu.Lock()
		idle := c.idle()
		emptied := c.flushed()
		c.mu.Unlock()
		if idle {
			return nil
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

// flushed returns a channel that is closed when the client is idle. mu is held.
func (c *Client) flushed() <-chan struct{} {
	if c.empty == nil {
		c.empty = make(chan struct{})
	}
	return c.empty
}

// wakeFlush wakes those who wait in Flush. mu is held.
func (c *Client) wakeFlush() {
	if c.empty != nil && c.sends.live == 0 {
		close(c.empty)
		c.empty = nil
	}
}
