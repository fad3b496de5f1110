package gate

import (
	"context"
	"errors"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/secure"
)

// resume answers a Resume packet, of a size, that in begins with. It returns
// false when the ticket is worth nothing, which costs a full handshake on the
// same connection.
//
//	Resume ─▶ TakeTicket ─▶ box ─▶ Login ─▶ Route.Resume ─▶ Heads ─▶ LoginOK, Bind ─▶ first record ─▶ Register ─▶ Heads ─▶ open
//	          └─────────────── redeem ────────────────────┘         └─ accept        └─ confirm       └─ settle
//
// Anybody who saw a Resume packet may send it again, and a registry restored from
// an older copy gives out a spent ticket. Only the first record tells that the
// client is there, now: until then nobody else notices anything.
func (c *conn) resume(in *intake, size int, start time.Time) (resumed bool, err error) {
	r, reply, err := c.gate.handshakes.Load().Resume(in.bytes()[:size])
	switch {
	case err != nil:
		return false, c.refuseHello(reply, err)
	case len(in.bytes()) > size: // the client has no keys to say more with
		return false, &violation{reason: ReasonGarbage}
	case c.gate.closing():
		return false, c.refuseResume(msgdef.CodeShuttingDown)
	}
	who := &entrant{came: start}
	ok, err := c.redeem(r, who)
	in.consume(size)
	if err != nil {
		var w worthless
		if !errors.As(err, &w) { // LoginOK was not written
			return true, err
		}
		c.gate.counts.unresumed[w.why].Add(1)
		return false, c.writeNow(secure.AppendNoTicket(nil))
	}
	if err := c.confirm(in, start); err != nil {
		c.gate.counts.unresumed[TicketUnconfirmed].Add(1)
		return true, err
	}
	return true, c.takeUp(who, ok)
}

// worthless says that a ticket is worth nothing. It implements error.
type worthless struct{ why Unresumed }

func (w worthless) Error() string { return "gate: no ticket: " + w.why.String() }

// redeem finds out whether who brings a ticket may come in, and says so. A worthless
// error is for the client to be told by NoTicket.
func (c *conn) redeem(r *secure.ServerResumption, who *entrant) (*msgdef.LoginOK, error) {
	ticket, err := c.ticket(r.Ticket())
	if err != nil {
		return nil, err
	}
	if secure.Suite(ticket.Suite) != r.Suite() {
		return nil, worthless{TicketSuite}
	}
	login, err := r.Open(ticket.Secret)
	if err != nil {
		return nil, worthless{TicketSecret}
	}
	c.speak(r.Codec())
	who.platform, who.proven = ticket.Platform, ticket.Full
	if c.decodeLogin(&who.login, login) != nil {
		return nil, worthless{TicketMalformed}
	}
	switch {
	case r.CheckOffer(who.login.Versions, who.login.Suites) != nil:
		return nil, worthless{TicketDowngrade}
	case who.login.Device != ticket.Device:
		return nil, worthless{TicketDevice}
	case c.gate.checkApp(who.login.App) != nil:
		return nil, worthless{TicketApp}
	}
	c.device = ticket.Device
	c.beats(who.login.Heartbeat)
	ctx, cancel := c.gate.call(c.gate.times.Call)
	defer cancel()
	if err := c.recognise(ctx, who, ticket); err != nil {
		return nil, err
	}
	return c.accept(ctx, r, who, login)
}

// ticket finds a ticket that holds now.
func (c *conn) ticket(id [16]byte) (*msgdef.TicketBody, error) {
	ctx, cancel := c.gate.call(c.gate.times.TakeCall)
	defer cancel()
	ticket, err := c.gate.options.Route.TakeTicket(ctx, &rpc.TicketTake{ID: id})
	switch {
	case rpc.CodeOf(err) == msgdef.CodeBadCredentials:
		return nil, worthless{TicketUnknown}
	case err != nil:
		return nil, worthless{TicketRegistry}
	}
	body, err := c.gate.ticketKeys.Load().Open(id, ticket.Box)
	if err != nil {
		return nil, worthless{TicketSealed}
	}
	if now := c.gate.options.Now(); now.UnixMilli() >= min(body.Expires, body.Full+c.gate.times.Proof.Milliseconds()) {
		return nil, worthless{TicketExpired}
	}
	return body, nil
}

// recognise asks the route for the account. What it says of one that may not come
// in is for a login with a proof to tell.
func (c *conn) recognise(ctx context.Context, who *entrant, ticket *msgdef.TicketBody) (err error) {
	who.account, err = c.gate.options.Route.Resume(ctx, &rpc.ResumeRequest{
		UID: ticket.UID, Device: ticket.Device, Platform: ticket.Platform, Generation: ticket.Generation, Address: c.address(),
	})
	switch {
	case err == nil:
		return nil
	case rpc.CodeOf(err) < msgdef.CodeBusy:
		return worthless{TicketAccount}
	}
	return worthless{TicketUnavailable}
}

// accept answers with LoginOK, and makes the session under its keys.
func (c *conn) accept(ctx context.Context, r *secure.ServerResumption, who *entrant, login []byte) (*msgdef.LoginOK, error) {
	heads, err := c.heads(ctx, who)
	if err != nil {
		return nil, worthless{TicketUnavailable}
	}
	ok := c.loginOK(who, heads)
	body, err := c.encode(ok)
	if err != nil {
		return nil, worthless{TicketMalformed}
	}
	reply, session, err := r.Accept(body)
	if err != nil {
		return nil, worthless{TicketMalformed}
	}
	if err := session.Bind(ok.Session, login, body); err != nil {
		return nil, err
	}
	c.adopt(session)
	if err := c.writeNow(reply); err != nil {
		return nil, &violation{reason: writeReason(err)}
	}
	return ok, nil
}

// confirm waits for a record that only the client can have made, within the time
// that a login has; a gate that was slow itself adds some. The frames in it stay
// for the session to be served.
func (c *conn) confirm(in *intake, start time.Time) error {
	now, times := c.gate.options.Now(), &c.gate.times
	deadline := start.Add(times.Login)
	if least := now.Add(times.FirstByte); least.After(deadline) {
		deadline = least
	}
	if err := c.raw.SetReadDeadline(deadline); err != nil {
		return err
	}
	for {
		n, err := c.secure.In.Open(in.bytes())
		if err != nil {
			return err
		}
		if n > 0 {
			in.consume(n)
			return nil
		}
		if err := in.fill(); err != nil {
			return late(err, ReasonLoginTime)
		}
	}
}

// takeUp opens the session of a client that is there. What was committed since
// LoginOK it is told.
func (c *conn) takeUp(who *entrant, ok *msgdef.LoginOK) error {
	heads, err := c.settle(who)
	switch {
	case err != nil:
		return err
	case heads.StoreEpoch != ok.StoreEpoch: // LoginOK is about another store
		return loginFault(ReasonLoginFailed, msgdef.CodeUnavailable)
	}
	c.gate.counts.resumed.Add(1)
	c.settled = true
	c.knows(ok.Head)
	c.missed(heads.USeqs[0]) // written by begin
	return c.begin(who, ok.Head)
}

// refuseResume tells a client that its handshake cannot begin, whatever its
// ticket: it keeps that.
func (c *conn) refuseResume(code msgdef.ErrorCode) error {
	refusal := &msgdef.Refusal{Code: code, RetryAfter: milliseconds(c.gate.times.Retry)}
	if err := c.writeNow(secure.AppendRefusal(nil, refusal)); err != nil {
		return err
	}
	return &violation{reason: ReasonShutdown, code: code}
}
