package client

import (
	"errors"
	"fmt"

	"github.com/sim-im/sim/msgdef"
)

// HandleSendAck implements msgdef.DownHandler. A second acknowledgement of a
// message, after it was sent again, is dropped.
func (s *session) HandleSendAck(a *msgdef.SendAck) error {
	sent := Sent{Counter: a.Counter, CSeq: a.CSeq, USeq: a.USeq, At: a.At, Lifetime: a.Lifetime}
	kind, done, ok := s.finishSend(&sent)
	if !ok {
		return nil
	}
	r := row{conv: sent.Conv, cseq: a.CSeq, at: a.At}
	err := s.acknowledged(a.USeq, r)
	done(sent, nil)
	if _, group := msgdef.GroupID(sent.Conv); group && err == nil {
		s.regrouped(kind, sent.Conv)
		err = s.ackedTopic(kind, r)
	}
	return err
}

// stored takes the news that a message of this client is in the inbox, which
// is as good as its acknowledgement.
func (s *session) stored(sent Sent) {
	if _, done, ok := s.finishSend(&sent); ok {
		done(sent, nil)
	}
}

// finishSend ends a send that was on a wire, fills in its conversation, and lets
// the next one go. ok is false when there is no such send.
func (s *session) finishSend(sent *Sent) (kind msgdef.ContentKind, done func(Sent, error), ok bool) {
	c := s.c
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.sends.find(sent.Counter)
	if e == nil || !e.tried {
		return 0, nil, false
	}
	sent.Conv, kind = e.conv, e.kind
	if sent.Lifetime == 0 {
		sent.Lifetime = besideOf(e.extra).Lifetime
	}
	if c.opts.OnExpired != nil && sent.Lifetime > 0 {
		c.expiring.note(Expired{e.conv, sent.CSeq}, sent.Expires())
		c.wakeAt(c.expiring.next())
	}
	done = c.sends.finish(e)
	c.pace.acked()
	c.pump(s.link)
	return kind, done, true
}

// failSend takes the server's refusal of a send: for now, and it is sent
// again; or for good.
func (s *session) failSend(counter uint64, refusal *Error) {
	c := s.c
	c.mu.Lock()
	e := c.sends.find(counter)
	if e == nil || !e.tried {
		c.mu.Unlock()
		return
	}
	if class(refusal.Code) == 4 {
		c.sends.requeue(e)
		c.pace.refused(c.clock, refusal.Retry)
		c.mu.Unlock()
		return
	}
	done := c.sends.finish(e)
	c.pump(s.link)
	c.mu.Unlock()
	done(Sent{}, refusal)
}

// failSends ends messages, because nothing will be sent for now; those that are
// kept only when all is set, and then they go on with the next client.
func (c *Client) failSends(reason error, all bool) {
	c.mu.Lock()
	ended := c.sends.drain(all)
	c.mu.Unlock()
	c.tell(ended, reason)
}

// tell gives the outcome of messages that ended without an answer.
func (c *Client) tell(ended []sending, reason error) {
	for i := range ended {
		why := ended[i].why(reason)
		if ended[i].kept && errors.Is(reason, ErrClosed) {
			why = fmt.Errorf("%w: %w", why, ErrKept)
		}
		ended[i].done(Sent{}, why)
	}
	c.mu.Lock()
	c.wakeFlush()
	c.mu.Unlock()
}

// why is the error of a message that is given up for a reason.
func (e *sending) why(reason error) error {
	if e.tried {
		return fmt.Errorf("%w: %w", reason, ErrOutcomeUnknown)
	}
	return reason
}
