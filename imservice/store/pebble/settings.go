package pebble

import (
	"encoding/binary"
	"errors"

	engine "github.com/cockroachdb/pebble/v2"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

func setSetting(batch *engine.Batch, row *store.SettingRow) {
	op := batch.SetDeferred(settingKeySize, row.Size())
	appendSettingKey(op.Key[:0], row.TalkName)
	row.Append(op.Value[:0])
}

// setHidden writes a row, or removes those that are not needed any more.
func setHidden(batch *engine.Batch, row *store.HiddenRow) {
	if row.Below {
		from, end := appendHiddenKey(nil, row.TalkName, 0), append(appendHiddenKey(nil, row.TalkName, row.CSeq), 0)
		_ = batch.DeleteRange(from, end, nil) // in memory: never fails
		return
	}
	op := batch.SetDeferred(hiddenKeySize, 0)
	appendHiddenKey(op.Key[:0], row.TalkName, row.CSeq)
}

// TalkStates implements store.Settings.
func (s *Store) TalkStates(dst []msgdef.TalkState, of []store.TalkName) ([]msgdef.TalkState, error) {
	key := make([]byte, 0, settingKeySize)
	for _, name := range of {
		var state msgdef.TalkState
		key = appendSettingKey(key[:0], name)
		err := s.get(key, func(value []byte) error {
			if err := state.Decode(value); err != nil {
				return badRow(key, err.Error())
			}
			return nil
		})
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return dst, err
		}
		dst = append(dst, state)
	}
	return dst, nil
}

// Hidden implements store.Settings.
func (s *Store) Hidden(dst []uint64, of store.TalkName, from, to uint64) ([]uint64, error) {
	if from > to {
		return dst, nil
	}
	if err := s.enter(); err != nil {
		return dst, err
	}
	defer s.life.RUnlock()
	c, err := s.scanRange(appendHiddenKey(nil, of, from), append(appendHiddenKey(nil, of, to), 0))
	if err != nil {
		return dst, err
	}
	for ok := c.First(); ok && err == nil; ok = c.Next() {
		if len(c.Key()) != hiddenKeySize {
			err = badRow(c.Key(), "key of a wrong length")
			continue
		}
		dst = append(dst, lastNumber(c.Key()))
	}
	return dst, c.close(err)
}

func appendSettingKey(dst []byte, of store.TalkName) []byte {
	dst = binary.BigEndian.AppendUint64(append(dst, tableSetting), of.UID)
	return append(dst, of.Conv[:]...)
}

func appendHiddenKey(dst []byte, of store.TalkName, cseq uint64) []byte {
	dst = binary.BigEndian.AppendUint64(append(dst, tableHidden), of.UID)
	return binary.BigEndian.AppendUint64(append(dst, of.Conv[:]...), cseq)
}
