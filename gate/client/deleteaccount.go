package client

import (
	"context"
	"errors"
	"fmt"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
)

// DeleteAccount deletes the account, for good, for who brings a fresh proof: the
// password, or for an account of an issuer outside one of its tokens. It returns nil
// when that is durable. The client stops then, with ErrDeleted, as do all others of the
// account, and what its State has of the account is gone: device, token, cursor,
// messages of Queue that were not sent. Of the account nothing stays but its name,
// which nobody gets again, and the messages that others have.
//
// Errors are ErrWrongPassword for a proof that is none, ErrBusy after too many of
// those, or those of History; CodeForbidden says that the account is proven otherwise,
// or that the session is too old: log in anew. After other errors, and when ctx ends,
// the account may be deleted or not. Asking again does no harm; a client that cannot log
// in any more, with ErrCredentials, has asked with success perhaps.
func (c *Client) DeleteAccount(ctx context.Context, proof string) error {
	question := &msgdef.DeleteAccount{Method: msgdef.AuthPassword, Secret: []byte(proof)}
	if c.opts.TokenSource != nil {
		question.Method = msgdef.AuthIssuer
	}
	if err := checkArgument(question.Validate()); err != nil {
		return err
	}
	c.mu.Lock()
	c.leaving = true
	c.mu.Unlock()
	err := c.call(ctx, &call{
		ask: func(req uint64) frame.Message {
			asked := *question
			asked.Req = req
			return &asked
		},
		take:    func(any) (bool, error) { return true, nil },
		deletes: true,
	})
	if errors.As(err, new(*Error)) { // it was not, for sure
		c.mu.Lock()
		c.leaving = c.wiped
		c.mu.Unlock()
	}
	return err
}

// HandleAccountDeleted implements msgdef.DownHandler. It counts whether somebody still
// waits for it or not, and is the end of the session.
func (s *session) HandleAccountDeleted(*msgdef.AccountDeleted) error {
	s.c.deleted()
	return fmt.Errorf("%w: %w", ErrKicked, newError(msgdef.CodeDeleted, 0, ""))
}

// deleted has whoever asked for it know that the account is deleted, once the state has
// nothing of it any more. Where the user has not asked here the state stays: an app may
// show what it has.
func (c *Client) deleted() {
	c.mu.Lock()
	c.wiped = c.leaving
	asked, leaving := c.calls.deleting(), c.leaving
	c.mu.Unlock()
	if !leaving {
		return
	}
	c.failSends(fmt.Errorf("%w: %w", ErrStopped, newError(msgdef.CodeDeleted, 0, "")), true)
	c.save()
	for _, req := range asked {
		c.endCall(req, nil)
	}
}

// deleting returns the requests that ask for it.
func (k *calls) deleting() (asked []uint64) {
	for req, q := range k.open {
		if q.deletes {
			asked = append(asked, req)
		}
	}
	return asked
}
