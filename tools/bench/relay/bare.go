package relay

import (
	"sync"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// bare is the stage that keeps nothing: the reader of a connection delivers
// its own sends.
type bare struct {
	server *Server
	turns  sync.Pool // of *delivery
}

// delivery is what one call of take needs.
type delivery struct {
	*spread
	message msgdef.Message
	ack     msgdef.SendAck
	encoded []byte
}

// take implements stage.
func (b *bare) take(sends []send) error {
	d, _ := b.turns.Get().(*delivery)
	if d == nil {
		d = &delivery{spread: newSpread(b.server)}
	}
	now := time.Now().UnixMilli()
	for i := range sends {
		d.place(&sends[i], now)
	}
	d.done()
	b.turns.Put(d)
	b.server.counts.messagesOut.Add(uint64(len(sends)))
	return nil
}

func (b *bare) close() error { return nil }

// place numbers a message and puts it into the outboxes. The lock of the
// conversation is held over both, so that they see its order.
func (d *delivery) place(s *send, now int64) {
	p := s.pair
	p.mu.Lock()
	defer p.mu.Unlock()
	if s.counter <= s.from.device.counter {
		return // sent again: the answer is on its way
	}
	s.from.device.counter = s.counter
	p.cseq++
	p.at = max(p.at, now)
	d.ack = msgdef.SendAck{Counter: s.counter, CSeq: p.cseq, USeq: s.from.user.useq.Add(1), At: p.at}
	d.encoded = s.encode(&d.message, d.encoded[:0], p.cseq, p.at)
	d.deliver(s, &d.ack, s.to.useq.Add(1), d.encoded)
}

// encode appends the message as it is stored and sent.
func (s *send) encode(m *msgdef.Message, dst []byte, cseq uint64, at int64) []byte {
	*m = msgdef.Message{
		Conv: s.pair.name, CSeq: cseq, From: s.from.user.id, Device: s.from.id, Counter: s.counter,
		At: at, Kind: s.kind, Body: s.body,
	}
	return m.Append(dst)
}

// deliver puts a message and its acknowledgement into the outboxes.
func (sp *spread) deliver(s *send, ack *msgdef.SendAck, useq uint64, message []byte) {
	s.from.user.head.Store(ack.USeq)
	if s.from.ack(ack) {
		sp.add(s.from)
	}
	s.to.head.Store(useq)
	if c := s.to.session.Load(); c != nil && c.notify(useq, message) {
		sp.add(c)
	}
}
