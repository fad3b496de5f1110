package gate

import (
	"crypto/rand"
	"errors"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
	"github.com/sim-im/sim/msgdef/rpc"
)

// login reads the Login frame, has the route check it, and opens the session.
//
//	Login ─▶ downgrade check ─▶ Route.Login ─▶ Register ─▶ Heads ─▶ LoginOK ─▶ Bind ─▶ open
//
// The head is read after the session is registered: a message that is committed
// between the two comes as a notify, so none can fall between.
func (c *conn) login(in *intake) error {
	body, err := c.readLogin(in)
	if err != nil {
		return err
	}
	var m msgdef.Login // owning copies: strings that change would surprise a route
	if err := c.decodeLogin(&m, body); err != nil {
		return loginFault(ReasonMalformed, msgdef.CodeMalformed)
	}
	if err := c.checkLogin(&m); err != nil {
		return err
	}
	account, err := c.authenticate(&m)
	if err != nil {
		return err
	}
	heads, err := c.register()
	if err != nil {
		return err
	}
	return c.welcome(body, c.loginOK(account, heads))
}

// readLogin returns the body of the first frame, which has to be Login and
// alone. It aliases the buffer of in. The Opener takes no more than 4 KiB
// before Bind.
func (c *conn) readLogin(in *intake) ([]byte, error) {
	for {
		n, err := c.secure.In.Open(in.bytes()) // inside TLS it may be there already
		if err != nil {
			return nil, err
		}
		if n > 0 {
			in.consume(n)
			break
		}
		if err := in.fill(); err != nil {
			return nil, late(err, ReasonLoginTime)
		}
	}
	f, ok, err := c.secure.In.Next()
	switch {
	case err != nil:
		return nil, loginFault(ReasonMalformed, msgdef.CodeMalformed)
	case !ok || f.Type != msgdef.TypeLogin:
		return nil, &violation{reason: ReasonUnexpected, of: f.Type, code: msgdef.CodeUnexpected}
	case in.partial(): // nothing may follow Login before its answer
		return nil, loginFault(ReasonUnexpected, msgdef.CodeUnexpected)
	}
	if _, more, err := c.secure.In.Next(); more || err != nil {
		return nil, loginFault(ReasonUnexpected, msgdef.CodeUnexpected)
	}
	return f.Body, nil
}

// checkLogin judges what needs no account.
func (c *conn) checkLogin(m *msgdef.Login) error {
	switch {
	case c.gate.closing():
		return loginFault(ReasonShutdown, msgdef.CodeShuttingDown)
	case c.secure.CheckOffer(m.Versions, m.Suites) != nil:
		return loginFault(ReasonDowngrade, msgdef.CodeDowngrade)
	case m.Device == 0:
		return loginFault(ReasonLoginRefused, msgdef.CodeBadDevice)
	}
	if err := c.gate.checkApp(m.App); err != nil {
		return err
	}
	c.device = m.Device
	c.beats(m.Heartbeat)
	return nil
}

// beats takes the seconds between pings that the client asks for, and returns
// what it gets.
func (c *conn) beats(seconds uint32) time.Duration {
	heartbeat := min(max(time.Duration(seconds)*time.Second, c.gate.times.MinHeartbeat), c.gate.times.MaxHeartbeat)
	c.silence.Store(int64(heartbeat + heartbeat/2))
	return heartbeat
}

// authenticate asks the route for the account.
func (c *conn) authenticate(m *msgdef.Login) (*rpc.LoginReply, error) {
	ctx, cancel := c.gate.call(c.gate.times.LoginCall)
	defer cancel()
	req := &rpc.LoginRequest{
		Method:   m.Method,
		Account:  m.Account,
		Secret:   m.Secret,
		Device:   m.Device,
		Platform: m.Platform,
	}
	if c.addr.IsValid() {
		req.Address = c.addr.Unmap().WithZone("").String()
	}
	reply, err := c.gate.options.Route.Login(ctx, req)
	if err != nil {
		return nil, c.loginFailed(err)
	}
	c.uid, c.exempt = reply.UID, reply.Exempt
	c.sender = c.gate.senders.acquire(c.uid)
	c.acked.Store(reply.Cursor)
	c.saved.Store(reply.Cursor)
	return reply, nil
}

// register makes the session known and reads the head afterwards.
func (c *conn) register() (*rpc.HeadsReply, error) {
	ctx, cancel := c.gate.call(c.gate.times.Call)
	defer cancel()
	item := c.registration()
	item.Since = c.gate.options.Now().UnixMilli()
	c.registered = true // an error does not say that it was not done
	batch := &rpc.SessionBatch{Gate: c.gate.options.ID, Epoch: c.gate.options.Epoch, Items: []rpc.Session{item}}
	if err := c.gate.options.Route.Register(ctx, batch); err != nil {
		return nil, c.loginFailed(err)
	}
	heads, err := c.gate.options.Route.Heads(ctx, &rpc.HeadsQuery{UIDs: []uint64{c.uid}})
	if err == nil && len(heads.USeqs) != 1 {
		err = rpc.Errorf(msgdef.CodeUnavailable, "%d heads for one user", len(heads.USeqs))
	}
	if err != nil {
		return nil, c.loginFailed(err)
	}
	return heads, nil
}

// loginOK makes the answer.
func (c *conn) loginOK(account *rpc.LoginReply, heads *rpc.HeadsReply) *msgdef.LoginOK {
	ok := &msgdef.LoginOK{
		UID:          account.UID,
		Account:      account.Account,
		Token:        account.Token,
		TokenExpires: account.TokenExpires,
		StoreEpoch:   heads.StoreEpoch,
		Head:         heads.USeqs[0],
		Cursor:       account.Cursor,
		Time:         c.gate.options.Now().UnixMilli(),
		Heartbeat:    uint32(time.Duration(c.silence.Load()) / 3 * 2 / time.Second),
		MaxBody:      msgdef.MaxBody,
	}
	rand.Read(ok.Session[:]) // never fails
	return ok
}

// welcome writes LoginOK as the last frame under the login keys, and lets
// frames flow under those of the session.
func (c *conn) welcome(login []byte, ok *msgdef.LoginOK) error {
	body, err := c.encode(ok)
	if err != nil {
		return err
	}
	record, err := c.secure.Out.Append(nil, frame.AppendRaw(nil, msgdef.TypeLoginOK, body), c.gate.options.Now())
	if err != nil {
		return err
	}
	if err := c.secure.Bind(ok.Session, login, body); err != nil {
		return err
	}
	clear(login) // there is a password in it, and the buffer goes to others
	if err := c.writeNow(record); err != nil {
		return &violation{reason: writeReason(err)}
	}
	if err := c.raw.SetReadDeadline(time.Time{}); err != nil {
		return err
	}
	c.gate.counts.logins.Add(1)
	c.heard.Store(int64(c.gate.clock()))
	c.knows(ok.Head)
	c.open()
	return nil
}

// loginFailed turns an error of the route into the end of a login.
func (c *conn) loginFailed(err error) error {
	r := c.gate.failed(msgdef.TypeLogin, 0, err)
	v := &violation{reason: ReasonLoginRefused, of: r.of, code: r.code, retry: r.retry, detail: r.detail}
	if r.code >= msgdef.CodeBusy {
		v.reason = ReasonLoginFailed
	}
	var e *rpc.Error
	if !errors.As(err, &e) { // not an answer of the contract: for the log only
		c.gate.logger.Debug("the route failed a login", "conn", c.id, "device", c.device, "error", err)
	}
	return v
}

// loginFault is a violation by a Login frame, or instead of one.
func loginFault(reason Reason, code msgdef.ErrorCode) *violation {
	return &violation{reason: reason, of: msgdef.TypeLogin, code: code}
}
