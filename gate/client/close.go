package client

import (
	"errors"
	"time"
)

// closeWrite bounds how long Close tries to tell the server how far it came.
const closeWrite = time.Second

// Close ends the client. What is still pending fails with ErrClosed, and
// messages of Queue with ErrKept besides; Flush before waits for it. Close returns when no goroutine and no callback of the
// client runs any more, so a callback cannot call it. The error is of saving
// the state. Closing again returns the same.
func (c *Client) Close() error {
	c.closing.Do(func() { c.closeErr = c.shut() })
	return c.closeErr
}

// shut is Close, step by step.
func (c *Client) shut() error {
	c.sayGoodbye()
	c.end() // dialing, waiting
	c.lifecycle.Lock()
	defer c.lifecycle.Unlock()
	if c.running != nil {
		<-c.running
	}
	c.work.Wait() // ticks
	c.web.close()
	if c.feed != nil {
		close(c.feed)
	}
	c.failSends(ErrClosed, true)
	c.mu.Lock()
	c.calls.drain(ErrClosed)
	c.mu.Unlock()
	c.enter(Status{Phase: Stopped, Err: ErrClosed})
	return c.saveLast()
}

// sayGoodbye lets nothing new begin, sends the last acknowledgement, and ends
// the link.
func (c *Client) sayGoodbye() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	if c.alarm.timer != nil {
		c.alarm.timer.Stop()
	}
	l := c.link
	if l == nil {
		return
	}
	if !l.flushing {
		now := c.opts.Now()
		l.write = closeWrite
		c.acks.at = now
		c.ackDue(l, now)
		l.flush(&c.mu, now)
	}
	l.fail(ErrClosed)
}

// saveLast keeps the state with the counters that were really used, and lets
// it go.
func (c *Client) saveLast() error {
	c.saving.Lock()
	defer c.saving.Unlock()
	c.mu.Lock()
	s := c.snapshot()
	if !c.wiped {
		s.Counter = c.sends.counter() - 1
	}
	c.mu.Unlock()
	return errors.Join(c.opts.State.Save(s), c.opts.State.Close())
}
