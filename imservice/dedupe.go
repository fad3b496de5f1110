package imservice

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// device names an install of a user.
type device struct{ uid, id uint64 }

// clientMessage names a message before it has a sequence.
type clientMessage struct {
	device
	counter uint64
}

func nameOf(it *rpc.Send) clientMessage {
	return clientMessage{device{it.UID, it.Device}, it.Counter}
}

// dedupe recognises repeated sends. A counter above the device's highest is
// new, and that is all that usually has to be known; only below it the batch
// under way and then the store are asked. It belongs to the sequencer.
type dedupe struct {
	store store.Store
	turn  uint64 // counts batches
	marks *clockCache[device, mark]
}

// mark is the highest counter a device has used. After a commit that was
// refused it may be too high, which costs a look into the store and no more.
type mark struct {
	counter uint64
	turn    uint64 // batch that raised it, which the store cannot know yet
}

func newDedupe(s store.Store, limit int) *dedupe {
	d := &dedupe{store: s}
	d.marks = newClockCache[device](limit, func(m *mark) bool { return m.turn == d.turn })
	return d
}

// begin starts a batch: marks of the one before can be had from the store.
func (d *dedupe) begin() { d.turn++ }

// repeated tells whether the i-th item of b repeats an earlier send, and sets
// its result if so. The result counts when b is durable, and then so is what
// it repeats.
func (d *dedupe) repeated(b *batch, i int) (bool, error) {
	name := nameOf(&b.items[i])
	m, err := d.mark(name.device)
	if err != nil {
		return false, err
	}
	if name.counter > m.counter {
		return false, nil
	}
	if m.turn == d.turn {
		if j, ok := b.find(name, i); ok {
			answer(&b.results[i], b.results[j], sameSend(&b.items[i], &b.items[j]))
			return true, nil
		}
	}
	return d.stored(&b.items[i], &b.results[i])
}

// accept notes that an item became a message of this batch.
func (d *dedupe) accept(it *rpc.Send) {
	m := d.marks.get(device{it.UID, it.Device})
	m.counter = max(m.counter, it.Counter)
	m.turn = d.turn
}

func (d *dedupe) mark(of device) (*mark, error) {
	if m := d.marks.get(of); m != nil {
		return m, nil
	}
	counter, err := d.store.SentHead(of.uid, of.id)
	if err != nil {
		return nil, err
	}
	return d.marks.add(of, mark{counter: counter}), nil
}

// stored looks an item up among what earlier batches wrote.
func (d *dedupe) stored(it *rpc.Send, result *rpc.SendResult) (bool, error) {
	row, err := d.store.Sent(it.UID, it.Device, it.Counter)
	if errors.Is(err, store.ErrNotFound) {
		floor, err := d.store.SentFloor(store.Sender{UID: it.UID, Device: it.Device})
		if err == nil && it.Counter <= floor {
			err = errExpiredName
		}
		return false, err
	}
	if err != nil {
		return false, err
	}
	return true, answerStored(d.store, row, it, result)
}

// answerStored gives a repeated send the result of the one that was stored.
func answerStored(s store.Conversations, row store.SentRow, it *rpc.Send, result *rpc.SendResult) error {
	m, err := message(s, row.Conv, row.CSeq)
	if errors.Is(err, store.ErrNotFound) {
		return errExpiredName // which is damage as well, and nothing is lost
	}
	if err != nil {
		return fmt.Errorf("message %d of a sent row: %w", row.CSeq, err)
	}
	extra := m.Kind == msgdef.ContentEdit || bytes.Equal(m.Extra, it.Extra) // an edit was sent with none
	given := uint32(0)
	if !extra {
		given, extra = keptAs(&m, it.Extra)
	}
	same := m.Conv == it.Conv && m.Kind == it.Kind && (changed(&m) || bytes.Equal(m.Body, it.Body) && extra)
	answer(result, rpc.SendResult{CSeq: row.CSeq, USeq: row.USeq, At: m.At, Lifetime: given}, same)
	return nil
}

// changed tells whether a message has not the content any more that it was sent
// with.
func changed(m *msgdef.Message) bool {
	var s msgdef.MessageState
	return len(m.State) > 0 && s.DecodeAlias(m.State) == nil && (s.Changed != 0 || s.Expired)
}

// find returns the item before the i-th that became the message of that name.
func (b *batch) find(name clientMessage, i int) (int, bool) {
	for ; b.indexed < i; b.indexed++ {
		// A repeat and a refused item have no message of their own. What a repeat
		// repeats is in the map already, or in the store.
		if b.results[b.indexed].Code != msgdef.CodeOK {
			continue
		}
		if n := nameOf(&b.items[b.indexed]); b.fresh[n] == 0 {
			b.fresh[n] = b.indexed + 1
		}
	}
	j := b.fresh[name] - 1
	return j, j >= 0
}

func sameSend(a, b *rpc.Send) bool {
	return a.Conv == b.Conv && a.Kind == b.Kind && bytes.Equal(a.Body, b.Body) && bytes.Equal(a.Extra, b.Extra)
}

// answer gives a repeated send the result of the first, or says that it is not
// the same.
func answer(result *rpc.SendResult, first rpc.SendResult, same bool) {
	if !same {
		result.Code = msgdef.CodeConflict
		return
	}
	result.CSeq, result.USeq, result.At, result.Lifetime = first.CSeq, first.USeq, first.At, first.Lifetime
}
