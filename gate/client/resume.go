package client

import (
	"errors"

	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
	"github.com/sim-im/sim/msgdef/secure"
)

// A session comes back with a ticket where there is one, and otherwise, or when
// the gate does not take it, with a proof on the same connection:
//
//	take a ticket, save ─▶ Resume ─▶ LoginOK ─▶ Ping and what waits ─▶ a record ─▶ online
//	                          └────▶ no ticket ─▶ Hello ─▶ Login ─▶ LoginOK ─▶ online
//
// See proof.go for the last step.

// resume logs in with a ticket. It returns false when there is none to use, or
// the gate does not take it; a handshake on the same connection comes next then.
func (c *Client) resume(w *welcome) (done bool, err error) {
	t, ok := c.takeTicket(w.conn)
	if !ok {
		return false, nil
	}
	err = c.exchangeResume(w, t)
	if errors.Is(err, secure.ErrNoTicket) {
		c.opts.Logger.Info("client ticket not taken, logging in with a proof")
		return false, nil
	}
	return true, err
}

// takeTicket takes a ticket for use on a connection, and saves that it is gone:
// used twice, it would tell who listens that both are the same device. Inside
// TLS a login with a proof needs one round trip too.
func (c *Client) takeTicket(conn transport.Conn) (Ticket, bool) {
	if _, inside := conn.(transport.Secured); inside || c.opts.NoResume {
		return Ticket{}, false
	}
	c.saving.Lock()
	defer c.saving.Unlock()
	c.mu.Lock()
	t, rest, ok := c.wallet.take(c.opts.Suite, c.opts.Now())
	s := c.snapshot()
	s.Tickets = rest
	c.mu.Unlock()
	if !ok {
		return Ticket{}, false
	}
	if err := c.opts.State.Save(s); err != nil {
		c.opts.Logger.Warn("client state not saved, logging in with a proof", "err", err)
		return Ticket{}, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wallet, c.saved = rest, s
	return t, true
}

// hasTicket tells whether the next attempt may do without a proof.
func (c *Client) hasTicket() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, _, ok := c.wallet.take(c.opts.Suite, c.opts.Now())
	return ok && !c.opts.NoResume
}

// exchangeResume sends Resume, reads LoginOK, and moves to the session's keys.
func (c *Client) exchangeResume(w *welcome, t Ticket) error {
	config := c.opts.secure()
	login := c.login(proof{}, w)
	login.Versions, login.Suites = config.Offered()
	frames, err := c.edge.outward(nil, frame.Append(nil, &login))
	if err != nil {
		return err
	}
	body := frames[frame.HeaderSize:]
	r, err := secure.NewClientResumption(config, secure.Ticket{ID: t.ID, Secret: t.Secret, Suite: t.Suite}, body)
	if err != nil {
		return err
	}
	w.write(r.Packet())
	n, err := w.await(secure.ResumeReplySize)
	if err != nil {
		return err
	}
	keys, loginOK, err := r.Reply(w.buf[:n])
	w.buf = w.buf[n:]
	if err != nil {
		return resumeError(err)
	}
	w.keys, w.full, w.resumed = keys, t.Full, true
	return c.resumed(w, body, loginOK)
}

// resumeError is handshakeError, but for the answer that is none of an error.
func resumeError(err error) error {
	if errors.Is(err, secure.ErrNoTicket) {
		return err
	}
	return handshakeError(err)
}

// resumed reads the LoginOK that a Reply carried.
func (c *Client) resumed(w *welcome, login, loginOK []byte) error {
	answer, err := c.edge.inward(new([]byte), frame.Frame{Type: msgdef.TypeLoginOK, Body: loginOK})
	if err != nil {
		return err
	}
	if err := w.accept(answer); err != nil {
		return err
	}
	if uid := c.UID(); w.UID != uid {
		return protocolError("LoginOK for user %d to a ticket of user %d", w.UID, uid)
	}
	if err := w.keys.Bind(w.Session, login, loginOK); err != nil {
		return protocolError("after LoginOK: %w", err)
	}
	return nil
}
