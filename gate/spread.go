package gate

import (
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// spread carries a batch from a route to the outboxes. The connections that
// have something to write are listed when the batch is done, so that all its
// frames for one go together. It is pooled with its memory.
type spread struct {
	gate  *Server
	last  *conn     // of the last find: batches come in runs
	dirty [][]*conn // by flusher

	frames, messages uint64

	copies copies // of messages of a big group

	// Scratch: messages that are appended through an interface would be
	// allocated each time.
	ack     msgdef.SendAck
	failure msgdef.Error
}

// spread returns an empty spread. It must be done.
func (s *Server) spread() *spread {
	if sp, ok := s.spreads.Get().(*spread); ok {
		return sp
	}
	return &spread{gate: s, dirty: make([][]*conn, len(s.flushers))}
}

// find returns a connection, or nil after counting the frame it does not get.
func (sp *spread) find(id uint64) *conn {
	if sp.last == nil || sp.last.id != id {
		sp.last = sp.gate.conns.find(id)
	}
	if sp.last == nil {
		sp.gate.counts.drop(DropGone, 1)
	}
	return sp.last
}

// list remembers that c has to be listed, if yes.
func (sp *spread) list(c *conn, yes bool) {
	if yes {
		i := c.id % uint64(len(sp.dirty))
		sp.dirty[i] = append(sp.dirty[i], c)
	}
}

// answer queues the outcome of a send, see conn.answer.
func (sp *spread) answer(c *conn, r *rpc.SendResult) bool {
	if r.Code == msgdef.CodeOK {
		sp.ack = msgdef.SendAck{Counter: r.Counter, CSeq: r.CSeq, USeq: r.USeq, At: r.At, Lifetime: r.Lifetime}
		return c.answer(r.USeq, &sp.ack)
	}
	retry := r.Retry
	if retry == 0 {
		retry = uint32(sp.gate.retry(r.Code) / time.Millisecond)
	}
	sp.failure = msgdef.Error{Of: uint16(msgdef.TypeSend), Req: r.Counter, Code: r.Code, RetryAfter: retry}
	return c.answer(0, &sp.failure)
}

// push queues a ready frame, see conn.forward.
func (sp *spread) push(c *conn, f *rpc.Frame) {
	sp.list(c, c.forward(msgdef.Type(f.Type), f.Body, f.JSON))
	sp.frames++
}

// done hands the connections over to their flushers.
func (sp *spread) done() {
	for i, list := range sp.dirty {
		if len(list) > 0 {
			sp.gate.flushers[i].add(list...)
			clear(list)
			sp.dirty[i] = list[:0]
		}
	}
	sp.gate.counts.framesOut.Add(sp.frames + sp.messages)
	sp.gate.counts.messagesOut.Add(sp.messages)
	sp.last, sp.frames, sp.messages = nil, 0, 0
	sp.gate.spreads.Put(sp)
}
