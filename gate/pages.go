package gate

import (
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/wire"
)

// countSlack is how much longer the count of a list may become, in bytes, than
// that of an empty one.
const countSlack = 4

// pager takes the next frame of an answer, as soon as there is room for it.
type pager func(m frame.Message) error

// page is the pager of the main stream.
func (c *conn) page(m frame.Message) error {
	if err := c.awaitRoom(); err != nil {
		return err
	}
	c.reply(m)
	return nil
}

// sendPage answers GetMsg in as many frames as it takes; the last one says so.
func sendPage(to pager, req uint64, page *rpc.Page) error {
	head := msgdef.MsgPage{
		Req: req, Status: page.Status, StoreEpoch: page.StoreEpoch, Floor: page.Floor, Head: page.Head,
	}
	budget := frame.MaxBody - head.Size() - countSlack
	for entries := page.Entries; ; {
		n := fitting(len(entries), budget, func(i int) int { return wire.SizePrefixed(entries[i].Size()) })
		if n == 0 && len(entries) > 0 {
			return tooLong(msgdef.TypeGetMsg, req)
		}
		m := head
		m.Entries, entries = entries[:n], entries[n:]
		m.Last = len(entries) == 0
		if err := to(&m); err != nil || m.Last {
			return err
		}
	}
}

// sendConvPage answers GetConv like sendPage. The read marks are in the first
// frame.
func sendConvPage(to pager, req uint64, conv msgdef.Conversation, page *rpc.ConvPage) error {
	m := msgdef.ConvPage{Req: req, Conv: conv, Head: page.Head, Reads: page.Reads}
	for messages := page.Messages; ; m.Reads = nil {
		m.Messages = nil
		budget := frame.MaxBody - m.Size() - countSlack
		n := fitting(len(messages), budget, func(i int) int { return wire.SizePrefixed(len(messages[i])) })
		if budget < 0 || (n == 0 && len(messages) > 0 && len(m.Reads) == 0) {
			return tooLong(msgdef.TypeGetConv, req)
		}
		m.Messages, messages = messages[:n], messages[n:]
		m.Last = len(messages) == 0
		if err := to(&m); err != nil || m.Last {
			return err
		}
	}
}

// replyFitting answers with m if it fits a frame, as it does unless a route
// returns more than its contract allows.
func (c *conn) replyFitting(of msgdef.Type, req uint64, m interface {
	frame.Message
	Size() int
}) error {
	if m.Size() > frame.MaxBody {
		return tooLong(of, req)
	}
	c.reply(m)
	return nil
}

// fitting returns how many of n items, from the first, go into budget bytes.
func fitting(n, budget int, size func(i int) int) int {
	for i := range n {
		if budget -= size(i); budget < 0 {
			return i
		}
	}
	return n
}

// tooLong answers a request whose result fits no frame.
func tooLong(of msgdef.Type, req uint64) error {
	return &refusal{of: of, req: req, code: msgdef.CodeUnavailable, detail: "the answer is too long"}
}
