package gate

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// entrant is a user who may come in, by a proof or by a ticket. Judging who may
// changes nothing; settle is where it takes effect.
type entrant struct {
	came     time.Time // to the gate
	login    msgdef.Login
	platform msgdef.Platform // as of the proof
	proven   int64           // when that was, Unix milliseconds
	account  *rpc.LoginReply
}

// settle makes the connection a session of the user's: it has their rates, routes
// know it, and it displaces the one before. The head is read afterwards: a
// message that is committed between the two comes as a notify, so none can fall
// between.
func (c *conn) settle(who *entrant) (*rpc.HeadsReply, error) {
	c.uid, c.exempt = who.account.UID, who.account.Exempt
	c.platform, c.generation = who.platform, who.account.Generation
	if c.sender = c.gate.senders.acquire(c.uid, c.gate.limits.Load().UserSessions); c.sender == nil {
		return nil, &violation{
			reason: ReasonUserFull, of: msgdef.TypeLogin, code: msgdef.CodeBusy, retry: c.gate.times.Retry,
			detail: "too many sessions of this user: close one of them",
		}
	}
	c.acked.Store(who.account.Cursor)
	ctx, cancel := c.gate.call(c.gate.times.Call)
	defer cancel()
	if err := c.register(ctx, who.came); err != nil {
		return nil, c.loginFailed(err)
	}
	heads, err := c.heads(ctx, who)
	if err != nil {
		return nil, c.loginFailed(err)
	}
	return heads, nil
}

// register makes the session known. It counts from when the connection came, as
// that is in the client's hands: the login that a client has given up may be slow
// to get here, and must not displace the one made since.
func (c *conn) register(ctx context.Context, came time.Time) error {
	item := c.registration()
	item.Since = came.UnixMilli()
	c.registered = true // an error does not say that it was not done
	batch := &rpc.SessionBatch{Gate: c.gate.options.ID, Epoch: c.gate.options.Epoch, Items: []rpc.Session{item}}
	return c.gate.options.Route.Register(ctx, batch)
}

// heads reads the head of the user.
func (c *conn) heads(ctx context.Context, who *entrant) (*rpc.HeadsReply, error) {
	heads, err := c.gate.options.Route.Heads(ctx, &rpc.HeadsQuery{UIDs: []uint64{who.account.UID}})
	if err == nil && len(heads.USeqs) != 1 {
		err = rpc.Errorf(msgdef.CodeUnavailable, "%d heads for one user", len(heads.USeqs))
	}
	return heads, err
}

// loginOK makes the answer.
func (c *conn) loginOK(who *entrant, heads *rpc.HeadsReply) *msgdef.LoginOK {
	ok := &msgdef.LoginOK{
		UID:          who.account.UID,
		Account:      who.account.Account,
		Token:        who.account.Token,
		TokenExpires: who.account.TokenExpires,
		StoreEpoch:   heads.StoreEpoch,
		Head:         heads.USeqs[0],
		Cursor:       who.account.Cursor,
		Time:         c.gate.options.Now().UnixMilli(),
		Heartbeat:    uint32(c.silentFor() / 3 * 2 / time.Second),
		MaxBody:      msgdef.MaxBody,
	}
	rand.Read(ok.Session[:]) // never fails
	return ok
}

// begin lets frames flow. The session is bound, LoginOK is written, and head is
// the one in it.
func (c *conn) begin(who *entrant, head uint64) error {
	if err := c.raw.SetReadDeadline(time.Time{}); err != nil {
		return err
	}
	c.gate.counts.logins.Add(1)
	c.began = c.gate.signIns.now()
	c.heard.Store(int64(c.gate.clock()))
	c.knows(head)
	c.open()
	c.gate.signIns.began(c)
	c.offerTickets(who)
	return nil
}

// address is where the client comes from, as the message service is told.
func (c *conn) address() string {
	addr := c.raw.RemoteAddr().Addr()
	if !addr.IsValid() {
		return ""
	}
	return addr.Unmap().WithZone("").String()
}
