package client

import (
	"context"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
)

// A Resume packet may be an old one that somebody sends again. So a gate does
// nothing for it before the first record under the new keys: it does not
// register the session, and does not refuse it. The client sends a Ping at once,
// with everything that waits behind it, and is online when the gate has said
// something of the session. Messages do not wait for that.

// proven waits until the gate has taken a resumed session, which the link has
// begun. What the gate says is kept for serve. An error ends the link.
func (c *Client) proven(ctx context.Context, s *session) error {
	ctx, cancel := context.WithTimeout(ctx, c.opts.Timeouts.Handshake)
	defer cancel()
	release := context.AfterFunc(ctx, func() { s.link.conn.Close() })
	err := s.hearFirst()
	if !release() && err == nil {
		err = ErrUnreachable
	}
	if err == nil {
		return nil
	}
	c.mu.Lock()
	s.link.fail(because(ctx, err))
	err = s.link.err
	c.mu.Unlock()
	c.disconnected(s.link)
	return err
}

// hearFirst opens the gate's first record, and keeps its frames. They alias what
// nothing is read into any more.
func (s *session) hearFirst() error {
	l := &line{conn: s.link.conn, buf: s.rest, keys: s.link.keys}
	n, err := l.await(l.keys.In.Open)
	if err != nil {
		return err
	}
	s.rest = l.buf[n:]
	for {
		f, ok, err := l.keys.In.Next()
		if err != nil {
			return broken(err)
		}
		if !ok {
			return nil
		}
		if err := s.refusal(f); err != nil {
			return err
		}
		s.early = append(s.early, f)
	}
}

// refusal returns the error of a frame that refuses a session, as it does in
// answer to Login.
func (s *session) refusal(f frame.Frame) error {
	if f.Type != msgdef.TypeError && f.Type != msgdef.TypeKicked {
		return nil
	}
	inside, err := s.c.edge.inward(new([]byte), f)
	if err != nil {
		return err
	}
	return refusedBy(inside)
}
