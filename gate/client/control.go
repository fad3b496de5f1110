package client

import (
	"fmt"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// HandleError implements msgdef.DownHandler. Codes 1xx and 2xx end the
// session.
func (s *session) HandleError(e *msgdef.Error) error {
	refusal := newError(e.Code, e.RetryAfter, e.Detail)
	switch of := msgdef.Type(e.Of); of {
	case msgdef.TypeSend:
		s.failSend(e.Req, refusal)
	case msgdef.TypeGetMsg:
		s.c.failPull(e.Req, refusal)
	case msgdef.TypeWatch:
		s.c.failWatch(e.Req, refusal)
	case msgdef.TypeGetConv, msgdef.TypeLookup, msgdef.TypeGetPresence, msgdef.TypeRegisterPush, msgdef.TypeChangePassword, msgdef.TypeDeleteAccount,
		msgdef.TypeGetGroups, msgdef.TypeFindGroups, msgdef.TypeGetMembers, msgdef.TypeGetConversations,
		msgdef.TypeGetPins, msgdef.TypeFindMessages, msgdef.TypeGetLaters, msgdef.TypeGetMediaToken, msgdef.TypeGetMediaLinks,
		msgdef.TypeGetRelations, msgdef.TypeGetProfiles, msgdef.TypeFindPeople, msgdef.TypeGetSignIns, msgdef.TypeGetExport:
		s.c.failCall(e.Req, refusal)
	case msgdef.TypeWatchPresence:
		if !s.failRewatch(e.Req, refusal) {
			s.c.failCall(e.Req, refusal)
		}
	default:
		if of >= msgdef.FirstApplicationType {
			s.frameRefused(e, refusal)
			break
		}
		s.c.opts.Logger.Warn("client refused", "of", of.String(), "err", refusal)
	}
	if class(e.Code) == 1 || class(e.Code) == 2 {
		return fmt.Errorf("%w: %w", ErrRefused, refusal)
	}
	return nil
}

// failPull takes the server's refusal of a pull.
func (c *Client) failPull(req uint64, refusal *Error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if req != 0 && req == c.pull.req {
		c.pullFailed(c.clock, refusal.Retry)
	}
}

// HandleKicked implements msgdef.DownHandler.
func (s *session) HandleKicked(k *msgdef.Kicked) error {
	if k.Code == msgdef.CodeDeleted {
		s.c.deleted()
	}
	return fmt.Errorf("%w: %w", ErrKicked, newError(k.Code, 0, k.Detail))
}

// HandleGoAway implements msgdef.DownHandler: the session goes on, and moves at
// a random moment of the window, when the message may find another gate.
func (s *session) HandleGoAway(g *msgdef.GoAway) error {
	c := s.c
	window := min(time.Duration(g.Window)*time.Millisecond, maxRetry)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.moveAt.IsZero() {
		c.moveAt = c.clock.Add(c.opts.Backoff.Jitter(window))
	}
	return nil
}

// HandleLoginOK implements msgdef.DownHandler.
func (*session) HandleLoginOK(*msgdef.LoginOK) error { return protocolError("a second LoginOK") }

// HandleKeyUpdate implements msgdef.DownHandler. The record layer acts on it.
func (*session) HandleKeyUpdate(*msgdef.KeyUpdate) error { return nil }
