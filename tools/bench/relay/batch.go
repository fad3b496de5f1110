package relay

import (
	engine "github.com/cockroachdb/pebble/v2"

	"github.com/sim-im/sim/msgdef"
)

// batch is what one commit is made of. One goroutine at a time has it.
type batch struct {
	sends  []send // bodies lie in arena, or in memory that arena has grown out of
	arena  []byte
	places []place // of the sends that are new
	rows   *engine.Batch
	err    error

	message msgdef.Message // scratch
}

// place is where a send went. message lies in the rows.
type place struct {
	*send
	ack     msgdef.SendAck
	useq    uint64 // of the receiver
	message []byte
}

// add copies sends in: the one copy of a body between the read buffer and the
// rows.
func (b *batch) add(sends []send) {
	for i := range sends {
		n := len(b.arena)
		b.arena = append(b.arena, sends[i].body...)
		b.sends = append(b.sends, sends[i])
		b.sends[len(b.sends)-1].body = b.arena[n:len(b.arena):len(b.arena)]
	}
}

// build numbers the sends and makes their rows.
func (b *batch) build(db *engine.DB, now int64) {
	for i := range b.sends {
		s := &b.sends[i]
		if ack, useq, fresh := s.number(now); fresh {
			b.places = append(b.places, place{send: s, ack: ack, useq: useq})
		}
	}
	b.rows = db.NewBatchWithSize(len(b.arena)+len(b.places)*rowsSize, keepRows())
	b.write()
}

// deliver hands out the acknowledgements and the messages.
func (b *batch) deliver(sp *spread) {
	for i := range b.places {
		p := &b.places[i]
		sp.deliver(p.send, &p.ack, p.useq, p.message)
	}
	sp.done()
}

// keptArena is the largest arena, in bytes, whose memory is used again.
const keptArena = 8 << 20

func (b *batch) reset() {
	clear(b.sends)
	clear(b.places)
	if cap(b.arena) > keptArena {
		b.arena = nil
	}
	*b = batch{sends: b.sends[:0], arena: b.arena[:0], places: b.places[:0]}
}
