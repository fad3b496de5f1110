package gate

import (
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// HandleGetMediaToken implements msgdef.UpHandler.
func (t *turn) HandleGetMediaToken(m *msgdef.GetMediaToken) error {
	if err := t.beginPull(msgdef.TypeGetMediaToken, m.Req); err != nil {
		return err
	}
	ctx, cancel := t.gate.call(t.gate.times.Call)
	defer cancel()
	made, err := t.gate.options.Route.MediaToken(ctx, &rpc.MediaTokenQuery{UID: t.uid})
	if err != nil {
		return t.gate.failed(msgdef.TypeGetMediaToken, m.Req, err)
	}
	return t.replyFitting(msgdef.TypeGetMediaToken, m.Req, &msgdef.MediaToken{
		Req: m.Req, URL: made.URL, Token: made.Token, Expires: made.Expires, Most: made.Most,
	})
}

// HandleGetMediaLinks implements msgdef.UpHandler.
func (t *turn) HandleGetMediaLinks(m *msgdef.GetMediaLinks) error {
	if err := t.beginPull(msgdef.TypeGetMediaLinks, m.Req); err != nil {
		return err
	}
	ctx, cancel := t.gate.call(t.gate.times.Call)
	defer cancel()
	made, err := t.gate.options.Route.MediaLinks(ctx, &rpc.MediaLinksQuery{UID: t.uid, Refs: m.Refs})
	if err != nil {
		return t.gate.failed(msgdef.TypeGetMediaLinks, m.Req, err)
	}
	return sendList(t.conn, t.page, msgdef.TypeGetMediaLinks, m.Req, made.List, func(list []msgdef.MediaLink, last bool) sized {
		return &msgdef.MediaLinks{Req: m.Req, Last: last, Expires: made.Expires, List: list}
	})
}
