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
	b.server.counts.messagesOut.Add(uint64(len(sends)))
	for len(sends) > 0 {
		n := 1
		if g := sends[0].group; g == nil {
			d.place(&sends[0], now)
		} else {
			for n < len(sends) && sends[n].group == g {
				n++
			}
			d.post(g, sends[:n], now)
		}
		sends = sends[n:]
	}
	d.done()
	b.turns.Put(d)
	return nil
}

func (b *bare) close() error { return nil }

// place numbers a message and puts it into the outboxes. The lock of the
// conversation is held over both, so that they see its order.
func (d *delivery) place(s *send, now int64) {
	s.pair.mu.Lock()
	defer s.pair.mu.Unlock()
	ack, useq, fresh := s.number(now)
	if !fresh {
		return
	}
	d.ack, d.message = ack, s.stored(s.pair.name, &ack)
	d.encoded = d.message.Append(d.encoded[:0])
	d.deliver(s, &d.ack, useq, d.encoded)
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
