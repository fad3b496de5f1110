package client

import (
	"context"
	"fmt"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// Send stores a message in a conversation and returns when it is durable. It
// is sent again, under the same name, over reconnects and while the server is
// busy, so it is stored once. Messages of one client leave in the order of
// their calls.
//
// The error is an *Error when the server refused the message, or wraps
// ErrQueueFull, ErrStopped, ErrExpired, ErrClosed, or the context's error. It
// wraps ErrOutcomeUnknown when the message may have been stored all the same;
// without that it was not, and will not be.
func (c *Client) Send(ctx context.Context, conv msgdef.Conversation, kind msgdef.ContentKind, body []byte) (Sent, error) {
	return c.send(ctx, parcel{conv: conv, kind: kind, body: body})
}

func (c *Client) send(ctx context.Context, p parcel) (Sent, error) {
	h := c.post(p)
	select {
	case <-h.done:
		return h.sent, h.err
	case <-ctx.Done():
	}
	return h.abandon(ctx.Err())
}

// SendFunc is Send for many messages at once: it returns without waiting, and
// done is called once with the outcome, on another goroutine than the
// caller's: from the one that reads the connection when the server answers.
// nil is no one to tell. body is copied before SendFunc returns.
//
// It allocates nothing once the client has grown to the number under way.
func (c *Client) SendFunc(conv msgdef.Conversation, kind msgdef.ContentKind, body []byte, done func(Sent, error)) {
	c.sendFunc(parcel{conv: conv, kind: kind, body: body}, nil, done)
}

// sendFunc sends what was wrapped without err.
func (c *Client) sendFunc(p parcel, err error, done func(Sent, error)) {
	if done == nil {
		done = func(Sent, error) {}
	}
	if err == nil {
		err = c.enqueue(p, done, nil)
	}
	if err != nil {
		go done(Sent{}, err)
	}
}

// enqueue gives a message its counter and, when the link and the pace allow,
// puts it on the wire. handle, if there is one, learns the counter; one that the
// state is to keep is held back.
func (c *Client) enqueue(p parcel, done func(Sent, error), handle *Handle) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.numbered(p.body); err != nil {
		return err
	}
	idle := c.idle()
	if idle {
		c.clock = c.opts.Now() // it may be old: nothing was under way
	}
	expires := c.clock.Add(c.opts.SendExpiry)
	if handle != nil && !handle.message.Until.IsZero() {
		expires = handle.message.Until
	}
	counter, ok := c.sends.push(p, c.since(expires), done)
	if !ok {
		return ErrQueueFull
	}
	if handle != nil {
		handle.counter = counter
		if handle.keep {
			c.hold(handle)
		}
	}
	if l := c.link; l != nil {
		c.pump(l)
		l.flush(&c.mu, c.clock)
	}
	if idle { // else the alarm is set, or settle sets it
		c.wakeAt(c.nextDue())
	}
	return nil
}

// numbered returns why a message cannot be queued, or nil when there is a
// counter for it. mu is held, and let go while the state is saved.
func (c *Client) numbered(body []byte) error {
	if err := c.sendable(body); err != nil {
		return err
	}
	for c.sends.counter() > c.reserved {
		c.mu.Unlock()
		err := c.reserve()
		c.mu.Lock()
		if err == nil {
			err = c.sendable(body)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// sendable returns why a message cannot be queued, or nil. mu is held.
func (c *Client) sendable(body []byte) error {
	if len(body) > c.user.maxBody {
		detail := fmt.Sprintf("%d bytes, at most %d", len(body), c.user.maxBody)
		return &Error{Code: msgdef.CodeBodyTooLong, Detail: detail}
	}
	return c.alive()
}

// alive returns why nothing can be asked of the server any more, or nil. mu is
// held.
func (c *Client) alive() error {
	switch {
	case c.closed:
		return ErrClosed
	case c.status.Phase == Stopped:
		return fmt.Errorf("%w: %w", ErrStopped, c.status.Err)
	}
	return nil
}

// pump puts queued messages on the wire. mu is held.
func (c *Client) pump(l *link) {
	for c.pace.open(c.sends.onWire) {
		e := c.sends.queuedNext()
		if e == nil {
			return
		}
		c.frames.send = msgdef.Send{
			Counter: e.counter, After: c.sends.before(e), Conv: e.conv,
			Ack: c.takeAck(), Kind: e.kind, Body: e.body, Extra: e.extra,
		}
		l.add(&c.frames.send)
		c.sends.wrote(e, c.since(c.clock))
	}
}

// sendDue ends a pause that is over, has messages written again that were not
// answered, and puts on the wire what may go. mu is held.
func (c *Client) sendDue(l *link, now time.Time) {
	c.pace.resume(now)
	if reached(c.unanswered(), now) {
		n := c.sends.requeueOlder(c.since(now) - c.patience())
		c.repeats++
		c.beat.probe(l, now) // over QUIC nothing else tells that a gate has died
		c.opts.Logger.Warn("client sends again what was not answered", "messages", n)
	}
	c.pump(l)
}

// maxRepeats bounds how often patience doubles.
const maxRepeats = 6

// patience is how long a message on the wire may go unanswered. It doubles each
// time: a server that is only slow is not helped by hearing everything twice.
// mu is held.
func (c *Client) patience() time.Duration {
	return c.opts.Timeouts.Ack << min(c.repeats, maxRepeats)
}

// unanswered returns when the oldest message on the wire is sent again; zero
// when there is none. mu is held.
func (c *Client) unanswered() (at time.Time) {
	if e := c.sends.oldest(); e != nil && e.state == sendWired {
		return c.born.Add(e.wired + c.patience())
	}
	return at
}
