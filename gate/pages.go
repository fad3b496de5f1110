package gate

import (
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/codec"
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

// sized is a message that knows its length in binary.
type sized interface {
	frame.Message
	Size() int
}

// sendPage answers GetMsg in as many frames as it takes; the last one says so.
func (c *conn) sendPage(to pager, req uint64, page *rpc.Page) error {
	head := msgdef.MsgPage{
		Req: req, Status: page.Status, StoreEpoch: page.StoreEpoch, Floor: page.Floor, Head: page.Head,
	}
	r := ruler{edge: c.edge()}
	budget := frame.MaxBody - r.size(&head) - countSlack
	for entries := page.Entries; ; {
		n := fitting(len(entries), budget, func(i int) int { return r.entry(&entries[i]) })
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
func (c *conn) sendConvPage(to pager, req uint64, conv msgdef.Conversation, page *rpc.ConvPage) error {
	m := msgdef.ConvPage{Req: req, Conv: conv, Head: page.Head, Reads: page.Reads, Floor: page.Floor, Delivered: page.Delivered}
	r := ruler{edge: c.edge()}
	for messages := page.Messages; ; m.Reads = nil {
		m.Messages = nil
		budget := frame.MaxBody - r.size(&m) - countSlack
		n := fitting(len(messages), budget, func(i int) int { return r.stored(messages[i]) })
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

// sendList answers with a list in as many frames as it takes; frame makes one of
// a part of it.
func sendList[T any](c *conn, to pager, of msgdef.Type, req uint64, list []T, part func(list []T, last bool) sized) error {
	r := ruler{edge: c.edge()}
	empty := r.size(part(nil, false))
	budget := frame.MaxBody - empty - countSlack
	for {
		n := fitting(len(list), budget, func(i int) int { return r.size(part(list[i:i+1], false)) - empty + separator })
		if n == 0 && len(list) > 0 {
			return tooLong(of, req)
		}
		last := n == len(list)
		if err := to(part(list[:n], last)); err != nil || last {
			return err
		}
		list = list[n:]
	}
}

// replyFitting answers with m if it fits a frame. In binary it does, unless a
// route returns more than its contract allows; other codecs take more room.
func (c *conn) replyFitting(of msgdef.Type, req uint64, m sized) error {
	r := ruler{edge: c.edge()}
	switch {
	case r.size(m) <= frame.MaxBody:
		c.reply(m)
		return nil
	case c.edge() != nil && m.Size() <= frame.MaxBody:
		detail := "the answer is too long in " + c.edge().ID().String() + ": ask for fewer"
		return &refusal{of: of, req: req, code: msgdef.CodeBadArgument, detail: detail}
	}
	return tooLong(of, req)
}

// presenceFitting answers who is online with as many as fit a frame: when
// everyone was asked for, Total tells how many there are.
func (c *conn) presenceFitting(req uint64, m *msgdef.Presence) error {
	r := ruler{edge: c.edge()}
	budget := frame.MaxBody - r.size(&msgdef.Presence{Req: req, Total: m.Total}) - countSlack
	m.Users = m.Users[:fitting(len(m.Users), budget, func(i int) int { return r.online(m.Users[i : i+1]) })]
	return c.replyFitting(msgdef.TypeGetPresence, req, m)
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

// ruler measures messages as a peer's codec writes them. Other codecs than
// binary are asked for it, in memory that is used again.
type ruler struct {
	edge   codec.Codec // nil for binary
	binary []byte
	out    []byte
}

// size returns how long the body of m is.
func (r *ruler) size(m sized) int {
	if r.edge == nil {
		return m.Size()
	}
	r.binary = m.Append(r.binary[:0])
	out, err := r.edge.FromBinary(r.out[:0], m.Type(), r.binary)
	if err != nil {
		return frame.MaxSize // it fits nowhere
	}
	r.out = out
	return len(out)
}

// entry returns how much longer a page is for e, at most.
func (r *ruler) entry(e *msgdef.Entry) int {
	if r.edge == nil {
		return wire.SizePrefixed(e.Size())
	}
	return r.size(&msgdef.MsgPage{Entries: []msgdef.Entry{*e}}) - r.size(&msgdef.MsgPage{}) + separator
}

// stored returns how much longer a page is for an encoded message, at most.
func (r *ruler) stored(message []byte) int {
	if r.edge == nil {
		return wire.SizePrefixed(len(message))
	}
	return r.size(&msgdef.ConvPage{Messages: [][]byte{message}}) - r.size(&msgdef.ConvPage{}) + separator
}

// online returns how much longer an answer is for one user, at most.
func (r *ruler) online(one []msgdef.Online) int {
	return r.size(&msgdef.Presence{Users: one}) - r.size(&msgdef.Presence{}) + separator
}

// separator is what stands between two elements of a list, at most, in bytes.
const separator = 1
