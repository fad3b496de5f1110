package client

import (
	"context"
	"errors"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// Connect logs in, and returns when the client is online or an attempt at every
// gate has failed. From then on the client reconnects by itself, until it is closed
// or Status says Stopped; then Connect starts again. While the client runs,
// Connect returns nil.
//
// A device's first login takes the place in the inbox that the server has for
// it, which for a new device is the oldest message kept; later ones go on
// where the state says.
//
// The error wraps ErrUnreachable, ErrUntrusted, ErrProtocol, ErrClosed or
// ErrRefused with an *Error; the context's error beside it when that ended, and
// ErrUnconfirmed when it is not a gate's word for sure. Status says Stopped when
// there is no point in another Connect, and otherwise Idle.
func (c *Client) Connect(ctx context.Context) error {
	c.lifecycle.Lock()
	defer c.lifecycle.Unlock()
	if c.life.Err() != nil {
		return ErrClosed
	}
	if c.isRunning() {
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(c.life, cancel)()
	c.enter(Status{Phase: Connecting})
	s, err := c.attemptEach(ctx)
	if err != nil {
		c.notConnected(err)
		return err
	}
	c.running = make(chan struct{})
	go c.run(s, c.running)
	return nil
}

// attemptEach tries every gate once. The error is the last one's.
func (c *Client) attemptEach(ctx context.Context) (s *session, err error) {
	for range c.opts.Addresses {
		if s, err = c.attempt(ctx); err == nil || stops(err) || ctx.Err() != nil {
			return s, err
		}
		c.gates.next()
	}
	return nil, err
}

// isRunning reports whether the goroutine of run is at work. lifecycle is held.
func (c *Client) isRunning() bool {
	if c.running == nil {
		return false
	}
	select {
	case <-c.running:
		return false
	default:
		return true
	}
}

// notConnected ends a Connect that failed. What is queued waits for the next
// one, unless there is no point in one.
func (c *Client) notConnected(err error) {
	if stops(err) {
		c.stop(err)
		return
	}
	c.enter(Status{Phase: Idle, Err: err})
}

// run keeps the client connected, from its first session on.
func (c *Client) run(s *session, done chan<- struct{}) {
	defer close(done)
	for s != nil {
		err := s.serve()
		c.disconnected(s.link)
		s = c.reconnect(err)
	}
}

// disconnected takes a link away that has ended.
func (c *Client) disconnected(l *link) {
	now := c.opts.Now()
	if now.Sub(l.since) >= stableAfter {
		c.failures = 0
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.beat.died(l.err, now)
	if d, ok := c.opts.Dialer.(interface{ Avoid(address string) }); ok && errors.Is(l.err, ErrSilent) && overQUIC(l.conn) {
		d.Avoid(c.gates.current()) // QUIC may come up here and not last
	}
	c.link = nil
	c.calls.lost()
}

// reconnect waits and tries until there is a session. It returns nil when
// there will be none: Status says why, or the client is being closed.
func (c *Client) reconnect(err error) *session {
	for {
		if c.life.Err() != nil {
			return nil
		}
		if !stops(err) {
			c.lost = c.opts.Now()
		} else if !c.overtook(err) {
			c.stop(err)
			return nil
		}
		delay := c.nextDelay(err)
		select {
		case <-c.nudged: // of an earlier wait
		default:
		}
		c.enter(Status{Phase: Waiting, Err: err, Delay: delay})
		if !c.sleep(delay, retryOf(err) == 0 || hopeless(err)) {
			return nil
		}
		c.enter(Status{Phase: Connecting})
		var s *session
		if s, err = c.attempt(c.life); err == nil {
			return s
		}
	}
}

// lateLogin is how long after its connection was lost a login may take effect.
const lateLogin = 30 * time.Second

// overtook reports whether a kick may be the doing of a session that this client has
// lost: its login may have been slow, or come to a gate whose clock is
// ahead, so that it counts as the later one, and displaces that of who is here. A
// loss excuses one kick: where another process has the device's place, the next
// one stops.
func (c *Client) overtook(err error) bool {
	lost := c.lost
	c.lost = time.Time{}
	var kick *Error
	return errors.Is(err, ErrKicked) && errors.As(err, &kick) && kick.Code == msgdef.CodeReplaced &&
		!lost.IsZero() && c.opts.Now().Sub(lost) < lateLogin
}

// nextDelay counts a failure, turns to another gate if there is one, and
// returns how long to wait. A client
// that was asked to move has waited already, unless it is asked again and
// again.
func (c *Client) nextDelay(err error) time.Duration {
	c.failures++
	c.gates.next()
	if errors.Is(err, errMoved) && c.failures == 1 {
		return 0
	}
	backoff := c.opts.Backoff
	if hopeless(err) {
		backoff.Max = max(backoff.Max, mostUnconfirmed)
	}
	c.mu.Lock()
	if c.background {
		backoff.Max = max(backoff.Max, mostBeat)
	}
	c.mu.Unlock()
	return backoff.delay(c.failures, retryOf(err))
}

// retryOf returns how long the server wants to be left alone, or 0.
func retryOf(err error) time.Duration {
	var refused *Error
	if errors.As(err, &refused) {
		return refused.Retry
	}
	return 0
}

// stop ends reconnecting: nothing that waits will be answered.
func (c *Client) stop(err error) {
	c.failures = 0
	c.dropTickets(err)
	c.enter(Status{Phase: Stopped, Err: err})
	reason := c.stopReason()
	c.failSends(reason, false)
	c.mu.Lock()
	c.calls.drain(reason)
	c.reads = newReads()
	c.mu.Unlock()
	c.save()
}

// stopReason returns what those who wait are told.
func (c *Client) stopReason() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.alive()
}

// sleep returns false when the client is closed first. A nudge ends it early, if
// it may.
func (c *Client) sleep(d time.Duration, early bool) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	nudged := c.nudged
	if !early {
		nudged = nil
	}
	select {
	case <-timer.C:
	case <-nudged:
	case <-c.life.Done():
	}
	return c.life.Err() == nil
}
