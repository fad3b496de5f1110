package client

import (
	"context"
	"fmt"
	"time"

	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
)

// sdkName goes into Login.SDK.
const sdkName = "sim-go"

// welcome is a successful login: the line and what the server said.
type welcome struct {
	*line
	msgdef.LoginOK
	asked   int       // tickets
	full    time.Time // of the login with a proof that this one goes back to
	resumed bool
	told    time.Duration // between pings, as announced
}

// attempt connects and logs in, with one proof after another while the server
// refuses tokens and there is something else. Each takes a connection of its
// own, because a refusal ends it.
func (c *Client) attempt(ctx context.Context) (*session, error) {
	for {
		proof := c.credentials.best(c.opts.Now())
		if !c.hasTicket() { // else it is asked for when the gate wants it
			if err := c.prove(ctx, &proof); err != nil {
				return nil, err
			}
		}
		w, err := c.logIn(ctx, proof)
		if err == nil {
			return c.take(ctx, w)
		}
		if !c.credentials.refused(proof, err) {
			return nil, err
		}
		c.dropTickets(err)
		c.opts.Logger.Info("client token refused, trying another proof", "err", err)
	}
}

// logIn makes one connection. ctx and the handshake timeout bound it.
func (c *Client) logIn(ctx context.Context, proof proof) (_ *welcome, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.opts.Timeouts.Handshake)
	defer cancel()
	l, release, err := c.dial(ctx)
	if err != nil {
		return nil, err
	}
	defer func() {
		if !release() && err == nil {
			err = ErrUnreachable
		}
		if err != nil {
			l.conn.Close()
			err = because(ctx, err)
		}
	}()
	w := &welcome{line: l}
	if done, err := c.resume(w); done || err != nil {
		return w, err
	}
	if err := l.handshake(&c.opts); err != nil {
		return nil, err
	}
	if err := c.prove(ctx, &proof); err != nil {
		return nil, err
	}
	return w, c.exchangeLogin(w, proof)
}

// take makes a login the client's session.
func (c *Client) take(ctx context.Context, w *welcome) (*session, error) {
	s := c.begin(w)
	if w.resumed {
		if err := c.proven(ctx, s); err != nil {
			return nil, err
		}
		c.enter(Status{Phase: Online, Resumed: true})
	}
	return s, nil
}

// because names the context's end beside an error that it may have caused.
func because(ctx context.Context, err error) error {
	if cause := ctx.Err(); cause != nil && !stops(err) {
		return fmt.Errorf("%w: %w", err, cause)
	}
	return err
}

// login returns what a login on w says, but for what was offered in the
// handshake. With a ticket there is no proof. It asks for the tickets that there
// is room for: one with a proof replaces those that are left.
func (c *Client) login(p proof, w *welcome) msgdef.Login {
	account := c.credentials.account
	if p.method != 0 {
		w.asked, w.full = maxTickets, c.opts.Now().Round(0)
	} else {
		w.asked, account = c.room(), "" // the ticket tells
	}
	if _, inside := w.conn.(transport.Secured); inside || c.opts.NoResume {
		w.asked = 0
	}
	w.told = c.heartbeat(w.conn)
	return msgdef.Login{
		Method: p.method, Account: account, Secret: p.secret,
		Device: c.user.device, Platform: c.opts.Platform, App: c.opts.App, SDK: sdkName,
		Heartbeat: uint32(w.told / time.Second), Tickets: uint8(w.asked),
	}
}

// exchangeLogin sends Login, reads LoginOK, and moves to the session's keys.
func (c *Client) exchangeLogin(w *welcome, proof proof) error {
	login := c.login(proof, w)
	login.Versions, login.Suites = w.keys.Offered()
	frames, err := c.edge.outward(nil, frame.Append(nil, &login))
	if err != nil {
		return err
	}
	if err := w.send(frames, c.opts.Now()); err != nil {
		return err
	}
	if err := w.confirm(); err != nil {
		return err
	}
	n, err := w.await(w.keys.In.Open)
	if err != nil {
		return err
	}
	answer, ok, err := w.keys.In.Next()
	if err != nil {
		return protocolError("answer to Login: %w", err)
	}
	if !ok {
		return protocolError("an empty record in answer to Login")
	}
	inside, err := c.edge.inward(new([]byte), answer)
	if err != nil {
		return err
	}
	if err := w.accept(inside); err != nil {
		return err
	}
	w.buf = w.buf[n:]
	if err := w.keys.Bind(w.Session, frames[frame.HeaderSize:], answer.Body); err != nil {
		return protocolError("after LoginOK: %w", err)
	}
	return nil
}

// accept reads what answers Login.
func (w *welcome) accept(answer frame.Frame) error {
	switch answer.Type {
	case msgdef.TypeLoginOK:
		if err := w.Decode(answer.Body); err != nil {
			return protocolError("LoginOK: %w", err)
		}
		if w.UID == 0 {
			return protocolError("LoginOK for user 0")
		}
		return nil
	}
	if err := refusedBy(answer); err != nil {
		return err
	}
	return protocolError("%v in answer to Login", answer.Type)
}

// refusedBy returns the error of a frame that refuses a login, or ends the
// session with its first word.
func refusedBy(f frame.Frame) error {
	switch f.Type {
	case msgdef.TypeError:
		var e msgdef.Error
		if err := e.Decode(f.Body); err != nil {
			return protocolError("Error: %w", err)
		}
		if of := msgdef.Type(e.Of); of == msgdef.TypeLogin || class(e.Code) <= 2 {
			return fmt.Errorf("%w: %w", ErrRefused, newError(e.Code, e.RetryAfter, e.Detail))
		}
	case msgdef.TypeKicked:
		var k msgdef.Kicked
		if err := k.Decode(f.Body); err != nil {
			return protocolError("Kicked: %w", err)
		}
		return fmt.Errorf("%w: %w", ErrKicked, newError(k.Code, 0, k.Detail))
	}
	return nil
}
