package pebble

import (
	"bytes"
	"encoding/binary"

	engine "github.com/cockroachdb/pebble/v2"

	"github.com/sim-im/sim/imservice/store"
)

func appendLaterPrefix(dst []byte, uid uint64) []byte {
	return binary.BigEndian.AppendUint64(append(dst, tableLater), uid)
}

func appendLaterKey(dst []byte, name store.LaterName) []byte {
	return binary.BigEndian.AppendUint64(appendLaterPrefix(dst, name.UID), name.CSeq)
}

func appendLaterAtPrefix(dst []byte, at int64) []byte {
	return binary.BigEndian.AppendUint64(append(dst, tableLaterAt), uint64(at))
}

func appendLaterAtKey(dst []byte, row *store.LaterRow) []byte {
	dst = binary.BigEndian.AppendUint64(appendLaterAtPrefix(dst, row.At), row.UID)
	return binary.BigEndian.AppendUint64(dst, row.CSeq)
}

// setLater writes a row under its name and its time, or removes both.
func setLater(batch *engine.Batch, row *store.LaterRow) {
	if row.Gone {
		_ = batch.Delete(appendLaterKey(nil, row.LaterName), nil) // in memory: never fails
		_ = batch.Delete(appendLaterAtKey(nil, row), nil)
		return
	}
	op := batch.SetDeferred(laterKeySize, numberSize+len(row.Bytes))
	appendLaterKey(op.Key[:0], row.LaterName)
	binary.BigEndian.PutUint64(op.Value, uint64(row.At))
	copy(op.Value[numberSize:], row.Bytes)
	_ = batch.Set(appendLaterAtKey(nil, row), nil, nil)
}

// laterIn returns the row of a key and its value, which is copied.
func laterIn(key, value []byte) (row store.LaterRow, err error) {
	if len(key) != laterKeySize || len(value) < numberSize {
		return row, badRow(key, "not a message that waits to be sent")
	}
	row.UID, row.CSeq = firstNumber(key), lastNumber(key)
	row.At = int64(binary.BigEndian.Uint64(value))
	row.Bytes = bytes.Clone(value[numberSize:])
	return row, nil
}

// Later implements store.Laters.
func (s *Store) Later(name store.LaterName) (row store.LaterRow, err error) {
	key := appendLaterKey(nil, name)
	err = s.get(key, func(value []byte) (err error) {
		row, err = laterIn(key, value)
		return err
	})
	return row, err
}

// LatersOf implements store.Laters.
func (s *Store) LatersOf(dst []store.LaterRow, uid uint64, limit int) ([]store.LaterRow, error) {
	prefix := appendLaterPrefix(nil, uid)
	err := s.rows(prefix, appendAfterPrefix(nil, prefix), limit, func(c scan) error {
		value, err := c.value()
		if err != nil {
			return err
		}
		row, err := laterIn(c.Key(), value)
		dst = append(dst, row)
		return err
	})
	return dst, err
}

// LatersDue implements store.Laters.
func (s *Store) LatersDue(dst []store.LaterRow, upTo int64, limit int) ([]store.LaterRow, error) {
	err := s.rows([]byte{tableLaterAt}, appendLaterAtPrefix(nil, upTo+1), limit, func(c scan) error {
		key := c.Key()
		if len(key) != laterAtKeySize {
			return badRow(key, "key of a wrong length")
		}
		name := store.LaterName{UID: binary.BigEndian.Uint64(key[1+8:]), CSeq: lastNumber(key)}
		dst = append(dst, store.LaterRow{LaterName: name, At: int64(firstNumber(key))})
		return nil
	})
	return dst, err
}
