package client

import (
	"context"
	"fmt"

	"github.com/sim-im/sim/msgdef"
)

// Handle is a queued message:
//
//	pending ──▶ sent, with its place in the conversation
//	        └─▶ failed, with an error as Send returns it
type Handle struct {
	c       *Client
	counter uint64
	done    chan struct{} // closed after sent and err are set
	sent    Sent
	err     error
}

// Queue takes a message and returns at once; it is sent now or when there is a
// connection, like Send. Nothing is kept on disk: a message still pending when
// the process ends is gone.
func (c *Client) Queue(conv msgdef.Conversation, kind msgdef.ContentKind, body []byte) *Handle {
	h := &Handle{c: c, done: make(chan struct{})}
	counter, err := c.enqueue(conv, kind, body, h.finish)
	if err != nil {
		h.finish(Sent{}, err)
	}
	h.counter = counter
	return h
}

func (h *Handle) finish(sent Sent, err error) {
	h.sent, h.err = sent, err
	close(h.done)
}

// Done is closed when the message is sent or has failed.
func (h *Handle) Done() <-chan struct{} { return h.done }

// Counter returns the message's counter, which with the device is its client
// message id; 0 when it failed before it got one.
func (h *Handle) Counter() uint64 { return h.counter }

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
// did: Done is closed then and the error is context.Canceled.
func (h *Handle) Cancel() bool {
	c := h.c
	c.mu.Lock()
	e := c.sends.find(h.counter)
	if e == nil || e.tried {
		c.mu.Unlock()
		return false
	}
	c.sends.finish(e)
	c.wakeFlush()
	c.mu.Unlock()
	h.finish(Sent{}, context.Canceled)
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
