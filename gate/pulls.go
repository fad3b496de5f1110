package gate

import (
	"slices"
	"strings"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// HandleGetMsg implements msgdef.UpHandler.
func (t *turn) HandleGetMsg(m *msgdef.GetMsg) error {
	question, c := *m, t.conn // both outlive the turn
	return t.pull(msgdef.TypeGetMsg, m.Req, func(to pager) error { return c.getMsg(to, &question) })
}

func (c *conn) getMsg(to pager, m *msgdef.GetMsg) error {
	ctx, cancel := c.gate.call(c.gate.times.Call)
	defer cancel()
	pages, err := c.gate.options.Route.GetMsg(ctx, &rpc.Pulls{Items: []rpc.Pull{{
		UID: c.uid, Device: c.device,
		After: m.After, StoreEpoch: m.StoreEpoch, Fingerprint: m.Fingerprint, Limit: m.Limit,
	}}})
	if err == nil && len(pages.Items) != 1 {
		err = rpc.Errorf(msgdef.CodeUnavailable, "%d pages for one pull", len(pages.Items))
	}
	if err != nil {
		return c.gate.failed(msgdef.TypeGetMsg, m.Req, err)
	}
	page := &pages.Items[0]
	size := 0
	for i := range page.Entries {
		size += len(page.Entries[i].Message)
	}
	defer c.gate.pressure.hold(size)()
	if page.Code != msgdef.CodeOK {
		return c.refused(msgdef.TypeGetMsg, m.Req, page.Code)
	}
	c.knows(page.Head)
	if page.Status == msgdef.SyncOK { // else After is no place in this store
		c.ack(m.After)
	}
	return c.sendPage(to, m.Req, page)
}

// HandleGetConv implements msgdef.UpHandler.
func (t *turn) HandleGetConv(m *msgdef.GetConv) error {
	question, c := *m, t.conn // both outlive the turn
	return t.pull(msgdef.TypeGetConv, m.Req, func(to pager) error { return c.getConv(to, &question) })
}

func (c *conn) getConv(to pager, m *msgdef.GetConv) error {
	ctx, cancel := c.gate.call(c.gate.times.Call)
	defer cancel()
	pages, err := c.gate.options.Route.GetConv(ctx, &rpc.ConvPulls{Items: []rpc.ConvPull{{
		UID: c.uid, Conv: m.Conv, Before: m.Before, After: m.After, Limit: m.Limit,
	}}})
	if err == nil && len(pages.Items) != 1 {
		err = rpc.Errorf(msgdef.CodeUnavailable, "%d pages for one pull", len(pages.Items))
	}
	if err != nil {
		return c.gate.failed(msgdef.TypeGetConv, m.Req, err)
	}
	page := &pages.Items[0]
	size := 0
	for _, m := range page.Messages {
		size += len(m)
	}
	defer c.gate.pressure.hold(size)()
	if page.Code != msgdef.CodeOK {
		return c.refused(msgdef.TypeGetConv, m.Req, page.Code)
	}
	return c.sendConvPage(to, m.Req, m.Conv, page)
}

// HandleLookup implements msgdef.UpHandler.
func (t *turn) HandleLookup(m *msgdef.Lookup) error {
	if err := t.beginPull(msgdef.TypeLookup, m.Req); err != nil {
		return err
	}
	ctx, cancel := t.gate.call(t.gate.times.Call)
	defer cancel()
	names := slices.Clone(m.Names) // strings that change would surprise a route
	for i := range names {
		names[i] = strings.Clone(names[i])
	}
	found, err := t.gate.options.Route.Lookup(ctx, &rpc.LookupRequest{Names: names, UIDs: m.UIDs})
	if err != nil {
		return t.gate.failed(msgdef.TypeLookup, m.Req, err)
	}
	return t.replyFitting(msgdef.TypeLookup, m.Req, &msgdef.Users{Req: m.Req, Users: found.Users})
}

// HandleGetPresence implements msgdef.UpHandler. Everyone is told only by a
// gate that has Options.PublicPresence.
func (t *turn) HandleGetPresence(m *msgdef.GetPresence) error {
	if err := t.beginPull(msgdef.TypeGetPresence, m.Req); err != nil {
		return err
	}
	if m.Via != (msgdef.Conversation{}) {
		return t.countPresent(m)
	}
	if len(m.UIDs) == 0 && !t.gate.options.PublicPresence {
		return t.refused(msgdef.TypeGetPresence, m.Req, msgdef.CodeForbidden)
	}
	ctx, cancel := t.gate.call(t.gate.times.Call)
	defer cancel()
	online, err := t.gate.options.Route.Presence(ctx, &rpc.PresenceRequest{UIDs: m.UIDs})
	if err != nil {
		return t.gate.failed(msgdef.TypeGetPresence, m.Req, err)
	}
	users, err := t.gate.presences.visible(t.uid, online.Users)
	if err != nil {
		return t.gate.failed(msgdef.TypeGetPresence, m.Req, err)
	}
	hidden := uint32(len(online.Users) - len(users))
	answer := &msgdef.Presence{Req: m.Req, Total: online.Total - hidden, Users: users}
	if len(m.UIDs) == 0 {
		return t.presenceFitting(m.Req, answer)
	}
	return t.replyFitting(msgdef.TypeGetPresence, m.Req, answer)
}

// HandleRegisterPush implements msgdef.UpHandler.
func (t *turn) HandleRegisterPush(m *msgdef.RegisterPush) error {
	if err := t.beginPull(msgdef.TypeRegisterPush, m.Req); err != nil {
		return err
	}
	ctx, cancel := t.gate.call(t.gate.times.Call)
	defer cancel()
	token := &rpc.PushToken{UID: t.uid, Device: t.device, Provider: m.Provider, Token: m.Token}
	if err := t.gate.options.Route.RegisterPush(ctx, token); err != nil {
		return t.gate.failed(msgdef.TypeRegisterPush, m.Req, err)
	}
	return t.replyFitting(msgdef.TypeRegisterPush, m.Req, &msgdef.PushOK{Req: m.Req})
}

// HandleChangePassword implements msgdef.UpHandler. It takes as long as a login
// may, and the connection's other requests wait for it.
func (t *turn) HandleChangePassword(m *msgdef.ChangePassword) error {
	defer func() { clear(m.Old); clear(m.New) }() // the buffer goes to others
	if err := t.beginPull(msgdef.TypeChangePassword, m.Req); err != nil {
		return err
	}
	ctx, cancel := t.gate.call(t.gate.times.LoginCall)
	defer cancel()
	reply, err := t.gate.options.Route.ChangePassword(ctx, &rpc.PasswordChange{
		UID: t.uid, Device: t.device, Generation: t.generation, Gate: t.gate.options.ID, Conn: t.id,
		Address: t.address(), Old: m.Old, New: m.New,
	})
	if err != nil {
		return t.gate.failed(msgdef.TypeChangePassword, m.Req, err)
	}
	return t.replyFitting(msgdef.TypeChangePassword, m.Req, &msgdef.PasswordOK{
		Req: m.Req, Token: reply.Token, TokenExpires: reply.TokenExpires,
	})
}

// HandleDeleteAccount implements msgdef.UpHandler. It takes as long as a login may,
// and the connection's other requests wait for it.
func (t *turn) HandleDeleteAccount(m *msgdef.DeleteAccount) error {
	defer func() { clear(m.Secret) }() // the buffer goes to others
	if err := t.beginPull(msgdef.TypeDeleteAccount, m.Req); err != nil {
		return err
	}
	ctx, cancel := t.gate.call(t.gate.times.LoginCall)
	defer cancel()
	err := t.gate.options.Route.DeleteAccount(ctx, &rpc.AccountDeletion{
		UID: t.uid, Device: t.device, Generation: t.generation, Address: t.address(), Method: m.Method, Secret: m.Secret,
	})
	if err != nil {
		return t.gate.failed(msgdef.TypeDeleteAccount, m.Req, err)
	}
	return t.replyFitting(msgdef.TypeDeleteAccount, m.Req, &msgdef.AccountDeleted{Req: m.Req})
}

// pull has a request answered in pages: here, or beside the main stream where
// there is a bulk one.
func (t *turn) pull(of msgdef.Type, req uint64, answer func(pager) error) error {
	if err := t.beginPull(of, req); err != nil {
		return err
	}
	if t.gate.pressure.high() {
		return t.refused(of, req, msgdef.CodeBusy)
	}
	bulk := t.bulk()
	if bulk == nil {
		return answer(t.page)
	}
	if !bulk.add(answer) {
		return t.refused(of, req, msgdef.CodeBusy)
	}
	return nil
}

// beginPull comes before a request that waits for the route: within the rate,
// with room for the answer, and after the sends that came before it.
func (t *turn) beginPull(of msgdef.Type, req uint64) error {
	if err := t.admit(of, req); err != nil {
		return err
	}
	t.flush()
	return t.awaitRoom()
}

// refused is a request that the route, or the gate, has judged.
func (c *conn) refused(of msgdef.Type, req uint64, code msgdef.ErrorCode) error {
	return &refusal{of: of, req: req, code: code, retry: c.gate.retry(code)}
}
