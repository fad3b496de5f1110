package client

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// Handle is a queued message:
//
//	pending ──▶ sent, with its place in the conversation
//	        └─▶ failed, with an error as Send returns it; ErrKept says that the
//	            next client with the state has it pending again, see Queued
type Handle struct {
	c       *Client
	counter uint64
	keep    bool          // by the state, before it is written
	message Queued        // empty for Send
	done    chan struct{} // closed after sent and err are set
	sent    Sent
	err     error
}

// Queue takes a message and returns when it is kept; it is sent now or when
// there is a connection, like Send, after everything queued before. With a State
// that is an Outbox, as FileState and MemoryState are, it survives what ends the
// client: Close, a crash, and a refusal that stops reconnecting. It is sent once,
// by whatever client has the state then; Queued lists what is pending. A message
// that is pending for longer than Options.SendExpiry, runs together, fails; see
// QueueUntil.
//
// FileState writes and syncs a file, which takes milliseconds.
func (c *Client) Queue(conv msgdef.Conversation, kind msgdef.ContentKind, body []byte) *Handle {
	return c.QueueUntil(conv, kind, body, time.Time{})
}

// QueueUntil is Queue for a message that is of no use from a time on, at most 6
// days from now: it fails with ErrExpired then, in whatever run, instead of after
// Options.SendExpiry. The zero time is none of its own.
func (c *Client) QueueUntil(conv msgdef.Conversation, kind msgdef.ContentKind, body []byte, until time.Time) *Handle {
	return c.QueueDraft(&Draft{Conv: conv, Kind: kind, Body: body, Until: until})
}

// timely returns why a message cannot be of use, or nil.
func (h *Handle) timely(now time.Time) error {
	switch until := h.message.Until; {
	case until.IsZero():
		return nil
	case !now.Before(until):
		return fmt.Errorf("%w: until %v", ErrExpired, until)
	case until.Sub(now) > mostExpiry:
		return fmt.Errorf("%w: until %v; at most %v from now", ErrArgument, until, mostExpiry)
	}
	return nil
}

// toMillisecond returns a time as a State keeps it.
func toMillisecond(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return time.UnixMilli(t.UnixMilli())
}

// post is Queue for as long as the client lives.
func (c *Client) post(p parcel) *Handle {
	h := &Handle{c: c, done: make(chan struct{})}
	if err := c.enqueue(p, h.finish, h); err != nil {
		h.finish(Sent{}, err)
	}
	return h
}

func (h *Handle) finish(sent Sent, err error) {
	h.sent, h.err = sent, err
	close(h.done)
}

// settle is finish for a message that the state has: unless it goes on with the
// next client, it is over there too. That the user took it back must not be
// forgotten; that it was sent may be.
func (h *Handle) settle(sent Sent, err error) {
	if !errors.Is(err, ErrKept) {
		h.c.mu.Lock()
		delete(h.c.kept, h.counter)
		h.c.mu.Unlock()
		h.c.drop(h.counter, err != nil)
		defer h.c.outcome(h)
	}
	h.finish(sent, err)
}

// outcome tells the application of a message of Queue that is over.
func (c *Client) outcome(h *Handle) {
	if c.opts.OnOutcome != nil {
		c.opts.OnOutcome(h)
	}
}

// Done is closed when the message is sent or has failed.
func (h *Handle) Done() <-chan struct{} { return h.done }

// Counter returns the message's counter, which with the device is its client
// message id; 0 when it failed before it got one. It stays the same over
// restarts.
func (h *Handle) Counter() uint64 { return h.counter }

// Message returns what was queued. Its Body must not be changed.
func (h *Handle) Message() Queued { return h.message }

// Wait returns the outcome, or the context's error while it is pending; the
// message stays queued then.
func (h *Handle) Wait(ctx context.Context) (Sent, error) {
	select {
	case <-h.done:
		return h.sent, h.err
	case <-ctx.Done():
		return Sent{}, ctx.Err()
	}
}

// Cancel takes back a message that was never on a wire, and reports whether it
// did: Done is closed then and the error is context.Canceled. Of a message of an
// earlier run it is not known, see Discard.
func (h *Handle) Cancel() bool { return h.end(false, context.Canceled) }

// Discard ends a message whether it was on a wire or not, and reports whether it
// was pending: it is not sent again. The error is context.Canceled, with
// ErrOutcomeUnknown if it may be stored.
func (h *Handle) Discard() bool { return h.end(true, context.Canceled) }

// end takes a message out of the queue. tried says whether one that may have been
// on a wire is taken too.
func (h *Handle) end(tried bool, reason error) bool {
	c := h.c
	c.mu.Lock()
	e := c.sends.find(h.counter)
	if e == nil || (e.tried && !tried) {
		c.mu.Unlock()
		return false
	}
	gone := c.sends.give(e)
	if l := c.link; l != nil && !l.corked {
		c.pump(l)
		l.flush(&c.mu, c.clock)
	}
	c.wakeFlush()
	c.mu.Unlock()
	gone.done(Sent{}, gone.why(reason))
	return true
}

// abandon stops waiting. What was on a wire stays queued until it is answered,
// because what came after it must not overtake it.
func (h *Handle) abandon(reason error) (Sent, error) {
	if h.Cancel() {
		return Sent{}, fmt.Errorf("client: not sent: %w", reason)
	}
	select {
	case <-h.done:
		return h.sent, h.err
	default:
		return Sent{}, fmt.Errorf("client: %w: %w", reason, ErrOutcomeUnknown)
	}
}
