package gate

import (
	"slices"
	"strings"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// HandleGetMsg implements msgdef.UpHandler.
func (t *turn) HandleGetMsg(m *msgdef.GetMsg) error {
	if err := t.beginPull(msgdef.TypeGetMsg, m.Req); err != nil {
		return err
	}
	ctx, cancel := t.gate.call(t.gate.times.Call)
	defer cancel()
	pages, err := t.gate.options.Route.GetMsg(ctx, &rpc.Pulls{Items: []rpc.Pull{{
		UID: t.uid, Device: t.device,
		After: m.After, StoreEpoch: m.StoreEpoch, Fingerprint: m.Fingerprint, Limit: m.Limit,
	}}})
	if err == nil && len(pages.Items) != 1 {
		err = rpc.Errorf(msgdef.CodeUnavailable, "%d pages for one pull", len(pages.Items))
	}
	if err != nil {
		return t.gate.failed(msgdef.TypeGetMsg, m.Req, err)
	}
	page := &pages.Items[0]
	if page.Code != msgdef.CodeOK {
		return t.refused(msgdef.TypeGetMsg, m.Req, page.Code)
	}
	t.knows(page.Head)
	if page.Status == msgdef.SyncOK { // else After is no place in this store
		t.ack(m.After)
	}
	return t.replyPage(m.Req, page)
}

// HandleGetConv implements msgdef.UpHandler.
func (t *turn) HandleGetConv(m *msgdef.GetConv) error {
	if err := t.beginPull(msgdef.TypeGetConv, m.Req); err != nil {
		return err
	}
	ctx, cancel := t.gate.call(t.gate.times.Call)
	defer cancel()
	pages, err := t.gate.options.Route.GetConv(ctx, &rpc.ConvPulls{Items: []rpc.ConvPull{{
		UID: t.uid, Conv: m.Conv, Before: m.Before, After: m.After, Limit: m.Limit,
	}}})
	if err == nil && len(pages.Items) != 1 {
		err = rpc.Errorf(msgdef.CodeUnavailable, "%d pages for one pull", len(pages.Items))
	}
	if err != nil {
		return t.gate.failed(msgdef.TypeGetConv, m.Req, err)
	}
	page := &pages.Items[0]
	if page.Code != msgdef.CodeOK {
		return t.refused(msgdef.TypeGetConv, m.Req, page.Code)
	}
	return t.replyConvPage(m.Req, m.Conv, page)
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
	if len(m.UIDs) == 0 && !t.gate.options.PublicPresence {
		return t.refused(msgdef.TypeGetPresence, m.Req, msgdef.CodeForbidden)
	}
	ctx, cancel := t.gate.call(t.gate.times.Call)
	defer cancel()
	online, err := t.gate.options.Route.Presence(ctx, &rpc.PresenceRequest{UIDs: m.UIDs})
	if err != nil {
		return t.gate.failed(msgdef.TypeGetPresence, m.Req, err)
	}
	answer := &msgdef.Presence{Req: m.Req, Total: online.Total, Users: online.Users}
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
func (t *turn) refused(of msgdef.Type, req uint64, code msgdef.ErrorCode) error {
	return &refusal{of: of, req: req, code: code, retry: t.gate.retry(code)}
}
