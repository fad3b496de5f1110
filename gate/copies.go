package gate

import (
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/codec"
	"github.com/sim-im/sim/msgdef/frame"
	"github.com/sim-im/sim/msgdef/rpc"
)

// copies are messages of a big group on their way to all who watch it: encoded
// once for each codec, and copied into an outbox as they are.
//
//	messages ─▶ NotifyConv, NotifyConv, … ─┬─▶ outbox of most
//	                │  │  │   ends         └─▶ some of them, to who has sent others, or
//	                                           may not have the first ones
type copies struct {
	items  []copied
	binary encoded
	text   encoded // in JSON
	notify msgdef.NotifyConv
}

// copied is one of the messages.
type copied struct {
	message []byte
	cseq    uint64
	from    uint64 // user
	except  uint64 // device of it, which has an acknowledgement instead; 0 for none
}

// encoded is the frames of all messages in one codec.
type encoded struct {
	frames []byte
	ends   []int // of each
}

// add takes a message in.
func (cp *copies) add(message []byte, t *rpc.Topic) {
	cp.items = append(cp.items, copied{message: message, cseq: t.CSeq, from: t.UID, except: t.Except})
}

// last returns the cseq of the last message.
func (cp *copies) last() uint64 { return cp.items[len(cp.items)-1].cseq }

// reset forgets the messages and keeps the memory.
func (cp *copies) reset() {
	clear(cp.items)
	cp.items = cp.items[:0]
	cp.notify.Message = nil
	cp.binary.reset()
	cp.text.reset()
}

func (e *encoded) reset() {
	if e.frames, e.ends = e.frames[:0], e.ends[:0]; cap(e.frames) > 8*maxKept {
		e.frames = nil
	}
}

// in returns the frames as c reads them.
func (cp *copies) in(c *conn) *encoded {
	e := &cp.binary
	edge := c.edge()
	if edge != nil {
		e = &cp.text
	}
	if len(e.ends) == 0 {
		cp.encode(c, e, edge)
	}
	return e
}

// encode makes the frames. What cannot be said in a codec is counted, and an Error
// stands in for it, as for any frame.
func (cp *copies) encode(c *conn, e *encoded, edge codec.Codec) {
	for i := range cp.items {
		cp.notify.Message = cp.items[i].message
		if edge == nil {
			e.frames = frame.Append(e.frames, &cp.notify)
		} else {
			one := frame.Append(nil, &cp.notify)
			e.frames, _ = codec.AppendFrames(e.frames, edge, one, c.misfit) // whole frames are never malformed
		}
		e.ends = append(e.ends, len(e.frames))
	}
}

// one returns the frame of a message.
func (e *encoded) one(i int) []byte {
	if i == 0 {
		return e.frames[:e.ends[0]]
	}
	return e.frames[e.ends[i-1]:e.ends[i]]
}

// involves tells whether c has sent some of the messages.
func (cp *copies) involves(c *conn) bool {
	for i := range cp.items {
		if m := &cp.items[i]; m.from == c.uid && m.except == c.device {
			return true
		}
	}
	return false
}

// written is a codec for an outbox in which messages of big groups already are what
// the peer reads.
type written struct{ codec.Codec }

// FromBinary implements codec.Codec.
func (w written) FromBinary(dst []byte, t msgdef.Type, body []byte) ([]byte, error) {
	if t == msgdef.TypeNotifyConv {
		return append(dst, body...), nil
	}
	return w.Codec.FromBinary(dst, t, body)
}
