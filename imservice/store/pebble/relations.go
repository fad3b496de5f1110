package pebble

import (
	"encoding/binary"
	"errors"

	engine "github.com/cockroachdb/pebble/v2"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

const tallySize = 4 * 4

func appendRelationKey(dst []byte, of store.RelationName) []byte {
	dst = binary.BigEndian.AppendUint64(append(dst, tableRelation), of.UID)
	return binary.BigEndian.AppendUint64(dst, of.Peer)
}

func appendTallyKey(dst []byte, uid uint64) []byte {
	return binary.BigEndian.AppendUint64(append(dst, tableTally), uid)
}

func appendBarsKey(dst []byte, conv msgdef.Conversation) []byte {
	return append(append(dst, tableBars), conv[:]...)
}

func setRelation(batch *engine.Batch, row *store.RelationRow) {
	if row.Blank() {
		op := batch.DeleteDeferred(relationKeySize)
		appendRelationKey(op.Key[:0], row.Name())
		return
	}
	op := batch.SetDeferred(relationKeySize, row.Size())
	appendRelationKey(op.Key[:0], row.Name())
	row.Append(op.Value[:0])
}

func setTally(batch *engine.Batch, row *store.TallyRow) {
	op := batch.SetDeferred(tallyKeySize, tallySize)
	appendTallyKey(op.Key[:0], row.UID)
	value := op.Value[:0]
	for _, n := range []uint32{row.Friends, row.Asked, row.Asking, row.Blocked} {
		value = binary.BigEndian.AppendUint32(value, n)
	}
}

func setBars(batch *engine.Batch, row *store.BarsRow) {
	if row.Bars == 0 {
		op := batch.DeleteDeferred(barsKeySize)
		appendBarsKey(op.Key[:0], row.Conv)
		return
	}
	op := batch.SetDeferred(barsKeySize, 1)
	appendBarsKey(op.Key[:0], row.Conv)
	op.Value[0] = byte(row.Bars)
}

// Relations implements store.Relations.
func (s *Store) Relations(dst []msgdef.Relation, of []store.RelationName) ([]msgdef.Relation, error) {
	for _, name := range of {
		r := msgdef.Relation{UID: name.Peer}
		key := appendRelationKey(nil, name)
		err := s.get(key, func(value []byte) error { return decodeRelation(&r, key, value) })
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return dst, err
		}
		dst = append(dst, r)
	}
	return dst, nil
}

func decodeRelation(r *msgdef.Relation, key, value []byte) error {
	if err := r.Decode(value); err != nil {
		return badRow(key, err.Error())
	}
	return nil
}

// RelationsOf implements store.Relations.
func (s *Store) RelationsOf(dst []msgdef.Relation, uid, after uint64, limit int) ([]msgdef.Relation, error) {
	if after == ^uint64(0) {
		return dst, nil
	}
	from := appendRelationKey(nil, store.RelationName{UID: uid, Peer: after + 1})
	end := appendAfterPrefix(nil, from[:1+8])
	err := s.rows(from, end, limit, func(row scan) error {
		value, err := row.value()
		if err != nil {
			return err
		}
		var r msgdef.Relation
		if err := decodeRelation(&r, row.Key(), value); err != nil {
			return err
		}
		dst = append(dst, r)
		return nil
	})
	return dst, err
}

// Tally implements store.Relations.
func (s *Store) Tally(uid uint64) (t store.Tally, err error) {
	key := appendTallyKey(nil, uid)
	err = s.get(key, func(value []byte) error {
		if len(value) != tallySize {
			return badRow(key, "a tally of a wrong length")
		}
		for i, n := range []*uint32{&t.Friends, &t.Asked, &t.Asking, &t.Blocked} {
			*n = binary.BigEndian.Uint32(value[4*i:])
		}
		return nil
	})
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return t, err
}

// Bars implements store.Relations.
func (s *Store) Bars(dst []store.Bars, of []msgdef.Conversation) ([]store.Bars, error) {
	key := make([]byte, 0, barsKeySize)
	for _, conv := range of {
		var bars store.Bars
		key = appendBarsKey(key[:0], conv)
		err := s.get(key, func(value []byte) error {
			if len(value) != 1 {
				return badRow(key, "bars of a wrong length")
			}
			bars = store.Bars(value[0])
			return nil
		})
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return dst, err
		}
		dst = append(dst, bars)
	}
	return dst, nil
}
