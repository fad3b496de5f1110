package pebble

import (
	engine "github.com/cockroachdb/pebble/v2"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

func setPin(batch *engine.Batch, row *store.PinRow) {
	if row.Gone {
		op := batch.DeleteDeferred(pinKeySize)
		appendPinKey(op.Key[:0], row.Conv, row.CSeq)
		return
	}
	op := batch.SetDeferred(pinKeySize, 0)
	appendPinKey(op.Key[:0], row.Conv, row.CSeq)
}

// Pins implements store.Conversations.
func (s *Store) Pins(dst []uint64, conv msgdef.Conversation, from, to uint64, limit int) ([]uint64, error) {
	if from > to {
		return dst, nil
	}
	if err := s.enter(); err != nil {
		return dst, err
	}
	defer s.life.RUnlock()
	c, err := s.scanRange(appendPinKey(nil, conv, from), append(appendPinKey(nil, conv, to), 0))
	if err != nil {
		return dst, err
	}
	for ok := c.Last(); ok && err == nil && limit > 0; ok = c.Prev() {
		if key := c.Key(); len(key) != pinKeySize {
			err = badRow(key, "key of a wrong length")
		} else {
			dst = append(dst, lastNumber(key))
		}
		limit--
	}
	return dst, c.close(err)
}
