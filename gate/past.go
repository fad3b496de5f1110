package gate

import (
	"strings"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// HandleGetPins implements msgdef.UpHandler.
func (t *turn) HandleGetPins(m *msgdef.GetPins) error {
	question, c := *m, t.conn // both outlive the turn
	return t.pull(msgdef.TypeGetPins, m.Req, func(to pager) error { return c.getPins(to, &question) })
}

func (c *conn) getPins(to pager, m *msgdef.GetPins) error {
	ctx, cancel := c.gate.call(c.gate.times.Call)
	defer cancel()
	found, err := c.gate.options.Route.Pins(ctx, &rpc.PinsQuery{UID: c.uid, Conv: m.Conv, Before: m.Before, Limit: m.Limit})
	if err != nil {
		return c.gate.failed(msgdef.TypeGetPins, m.Req, err)
	}
	defer c.gate.pressure.hold(sizeOf(found.Messages))()
	return sendList(c, to, msgdef.TypeGetPins, m.Req, found.Messages, func(list [][]byte, last bool) sized {
		return &msgdef.Pins{Req: m.Req, Conv: m.Conv, Last: last, More: found.More, Messages: list}
	})
}

// HandleFindMessages implements msgdef.UpHandler.
func (t *turn) HandleFindMessages(m *msgdef.FindMessages) error {
	question, c := *m, t.conn // both outlive the turn
	question.Text = strings.Clone(m.Text)
	return t.pull(msgdef.TypeFindMessages, m.Req, func(to pager) error { return c.findMessages(to, &question) })
}

func (c *conn) findMessages(to pager, m *msgdef.FindMessages) error {
	ctx, cancel := c.gate.call(c.gate.times.Call)
	defer cancel()
	found, err := c.gate.options.Route.FindMessages(ctx, &rpc.MessageSearch{
		UID: c.uid, Text: m.Text, Conv: m.Conv, At: m.At, Before: m.Before, Limit: m.Limit,
	})
	if err != nil {
		return c.gate.failed(msgdef.TypeFindMessages, m.Req, err)
	}
	defer c.gate.pressure.hold(sizeOf(found.Messages))()
	return sendList(c, to, msgdef.TypeFindMessages, m.Req, found.Messages, func(list [][]byte, last bool) sized {
		return &msgdef.FoundMessages{Req: m.Req, Last: last, More: found.More, At: found.At, Before: found.Before, Messages: list}
	})
}

// HandleGetLaters implements msgdef.UpHandler.
func (t *turn) HandleGetLaters(m *msgdef.GetLaters) error {
	req, c := m.Req, t.conn // both outlive the turn
	return t.pull(msgdef.TypeGetLaters, req, func(to pager) error { return c.getLaters(to, req) })
}

func (c *conn) getLaters(to pager, req uint64) error {
	ctx, cancel := c.gate.call(c.gate.times.Call)
	defer cancel()
	found, err := c.gate.options.Route.Laters(ctx, &rpc.LatersQuery{UID: c.uid})
	if err != nil {
		return c.gate.failed(msgdef.TypeGetLaters, req, err)
	}
	size := 0
	for i := range found.List {
		size += found.List[i].Size()
	}
	defer c.gate.pressure.hold(size)()
	return sendList(c, to, msgdef.TypeGetLaters, req, found.List, func(list []msgdef.PendingLater, last bool) sized {
		return &msgdef.Laters{Req: req, Last: last, List: list}
	})
}

// sizeOf returns the bytes of messages.
func sizeOf(messages [][]byte) (size int) {
	for _, encoded := range messages {
		size += len(encoded)
	}
	return size
}
