package gate

import (
	"errors"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
	"github.com/sim-im/sim/msgdef/rpc"
)

// login reads the Login frame, has the route check it, and opens the session.
//
//	Login ─▶ downgrade check ─▶ Route.Login ─▶ Register ─▶ Heads ─▶ LoginOK ─▶ Bind ─▶ open
//	         └────────── judge ───────────┘   └──── settle ────┘   └─── welcome ───┘
func (c *conn) login(in *intake, came time.Time) error {
	body, err := c.readLogin(in)
	if err != nil {
		return err
	}
	who := &entrant{came: came}
	if err := c.decodeLogin(&who.login, body); err != nil { // owning copies: strings that change would surprise a route
		return loginFault(ReasonMalformed, msgdef.CodeMalformed)
	}
	if err := c.judge(who); err != nil {
		return err
	}
	heads, err := c.settle(who)
	if err != nil {
		return err
	}
	return c.welcome(who, body, c.loginOK(who, heads))
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

// judge finds out whether a user who brings a proof may come in.
func (c *conn) judge(who *entrant) error {
	m := &who.login
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
	who.platform, who.proven = m.Platform, c.gate.options.Now().UnixMilli()
	if err := c.authenticate(who); err != nil {
		return err
	}
	if ends := who.account.TokenExpires; ends > 0 { // tickets end no later than what was proven
		who.proven = min(who.proven, ends-c.gate.times.Proof.Milliseconds())
	}
	return nil
}

// beats takes the seconds between pings that the client asks for, within bounds.
func (c *conn) beats(seconds uint32) {
	heartbeat := min(max(time.Duration(seconds)*time.Second, c.gate.times.MinHeartbeat), c.gate.times.MaxHeartbeat)
	c.silence.Store(milliseconds(heartbeat + heartbeat/2))
}

// silentFor is how long the client may be silent.
func (c *conn) silentFor() time.Duration {
	return time.Duration(c.silence.Load()) * time.Millisecond
}

// authenticate asks the route for the account.
func (c *conn) authenticate(who *entrant) error {
	ctx, cancel := c.gate.call(c.gate.times.LoginCall)
	defer cancel()
	reply, err := c.gate.options.Route.Login(ctx, &rpc.LoginRequest{
		Method:   who.login.Method,
		Account:  who.login.Account,
		Secret:   who.login.Secret,
		Device:   who.login.Device,
		Platform: who.login.Platform,
		Address:  c.address(),
	})
	if err != nil {
		return c.loginFailed(err)
	}
	who.account = reply
	return nil
}

// welcome writes LoginOK as the last frame under the login keys, and lets
// frames flow under those of the session.
func (c *conn) welcome(who *entrant, login []byte, ok *msgdef.LoginOK) error {
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
	return c.begin(who, ok.Head)
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
