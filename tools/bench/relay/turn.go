package relay

import (
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
)

// turn serves what one read brought.
type turn struct {
	*conn
	sends   []send
	frames  uint64
	watched []*group
}

// send is a message on its way, to a pair or a group. body aliases the read buffer,
// or the arena of a batch.
type send struct {
	from    *conn
	to      *user // of the pair
	pair    *pair
	group   *group
	counter uint64
	kind    msgdef.ContentKind
	body    []byte
}

// number gives a send its place. fresh is false for one that was sent before: its answer
// is on its way. Only the stage calls it, which owns the counters.
func (c *conversation) number(s *send, now int64) (ack msgdef.SendAck, fresh bool) {
	if s.counter <= s.from.device.counter {
		return ack, false
	}
	s.from.device.counter = s.counter
	c.cseq++
	c.at = max(c.at, now)
	return msgdef.SendAck{Counter: s.counter, CSeq: c.cseq, At: c.at}, true
}

// number gives a send of a pair its places: those of its acknowledgement, and useq in
// the inbox of the receiver.
func (s *send) number(now int64) (ack msgdef.SendAck, useq uint64, fresh bool) {
	if ack, fresh = s.pair.number(s, now); fresh {
		ack.USeq, useq = s.from.user.useq.Add(1), s.to.useq.Add(1)
	}
	return ack, useq, fresh
}

// stored returns a send as it is stored and delivered. The body is shared.
func (s *send) stored(conv msgdef.Conversation, ack *msgdef.SendAck) msgdef.Message {
	return msgdef.Message{
		Conv: conv, CSeq: ack.CSeq, From: s.from.user.id, Device: s.from.id, Counter: s.counter,
		At: ack.At, Kind: s.kind, Body: s.body,
	}
}

// serve opens the whole records of in and serves their frames.
func (t *turn) serve(in *intake) error {
	start := in.from
	for in.from < in.to {
		n, err := t.secure.In.Open(in.bytes())
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
		in.from += n
		if err := t.record(); err != nil {
			return err
		}
	}
	return t.finish(uint64(in.from - start))
}

// record serves the frames of an opened record.
func (t *turn) record() error {
	for {
		f, ok, err := t.secure.In.Next()
		if err != nil || !ok {
			return err
		}
		t.frames++
		if err := t.frame(f); err != nil {
			return err
		}
	}
}

func (t *turn) frame(f frame.Frame) error {
	switch f.Type {
	case msgdef.TypeSend:
		return t.send(f.Body)
	case msgdef.TypeWatch:
		return t.watch(f.Body)
	case msgdef.TypeAck:
		return nil
	case msgdef.TypePing:
		var m msgdef.Ping
		err := m.Decode(f.Body)
		t.reply(&msgdef.Pong{Nonce: m.Nonce, Head: t.user.head.Load()})
		return err
	case msgdef.TypeRead:
		var m msgdef.Read
		err := m.Decode(f.Body)
		t.reply(&msgdef.ReadOK{Conv: m.Conv, CSeq: m.CSeq})
		return err
	case msgdef.TypeGetMsg:
		var m msgdef.GetMsg
		err := m.Decode(f.Body)
		t.reply(&msgdef.MsgPage{Req: m.Req, StoreEpoch: 1, Head: t.user.head.Load(), Last: true})
		return err
	}
	t.reply(&msgdef.Error{Of: uint16(f.Type), Code: msgdef.CodeUnknownType})
	return nil
}

// send gathers a message.
func (t *turn) send(body []byte) error {
	var m msgdef.Send
	if err := m.DecodeAlias(body); err != nil {
		return err
	}
	s := send{from: t.conn, counter: m.Counter, kind: m.Kind, body: m.Body}
	if !t.address(&s, m.Conv) {
		t.reply(&msgdef.Error{Of: uint16(msgdef.TypeSend), Req: m.Counter, Code: msgdef.CodeUnknownConversation})
		return nil
	}
	t.sends = append(t.sends, s)
	return nil
}

// address finds where a send goes to.
func (t *turn) address(s *send, conv msgdef.Conversation) bool {
	if s.group = t.server.users.group(conv); s.group != nil {
		return true
	}
	if t.last == nil || t.last.name != conv {
		t.last = t.server.users.pair(conv)
	}
	if s.pair = t.last; s.pair != nil {
		s.to = s.pair.other(t.user)
	}
	return s.to != nil
}

// finish hands on what was gathered.
func (t *turn) finish(bytes uint64) error {
	counts := &t.server.counts
	counts.reads.Add(1)
	counts.bytesIn.Add(bytes)
	counts.framesIn.Add(t.frames)
	t.frames = 0
	if len(t.sends) == 0 {
		return nil
	}
	counts.messagesIn.Add(uint64(len(t.sends)))
	err := t.server.stage.take(t.sends)
	clear(t.sends) // they point into the read buffer
	t.sends = t.sends[:0]
	return err
}
