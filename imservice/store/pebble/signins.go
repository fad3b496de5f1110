package pebble

import (
	"encoding/binary"
	"errors"
	"math"

	engine "github.com/cockroachdb/pebble/v2"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

// The tables of tableSignIn.
const (
	signInRows  = 0x01
	signInLives = 0x02
)

// signInFixed is the length of a sign-in's value without the address.
const signInFixed = 8 + 8 + 8 + 1 + 1

// KeepSignIns implements store.SignIns.
func (s *Store) KeepSignIns(lives []store.GateLife, rows []store.SignInRow) error {
	for i := range rows {
		if err := rows[i].Check(); err != nil {
			return err
		}
	}
	if err := s.enterToWrite(); err != nil {
		return err
	}
	defer s.life.RUnlock()
	s.signIns.Lock()
	defer s.signIns.Unlock()
	batch := s.db.NewBatch()
	for _, life := range lives {
		if err := s.setLife(batch, life); err != nil {
			return errors.Join(err, batch.Close())
		}
	}
	for i := range rows {
		if err := s.setSignIn(batch, &rows[i]); err != nil {
			return errors.Join(err, batch.Close())
		}
	}
	return s.write(batch, engine.Sync)
}

func (s *Store) setLife(batch *engine.Batch, life store.GateLife) error {
	key := appendLifeKey(nil, life.Gate, life.Life)
	seen, err := s.readNumber(key)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	return batch.Set(key, binary.BigEndian.AppendUint64(nil, max(seen, uint64(life.Seen))), nil)
}

// setSignIn stores a row, unless one that says more is there.
func (s *Store) setSignIn(batch *engine.Batch, row *store.SignInRow) error {
	if gone, err := s.gone(row.UID); err != nil || gone {
		return err
	}
	key := appendSignInKey(nil, row)
	better := true
	if row.Ended == 0 {
		err := s.read(key, func(value []byte) error {
			old, ok := decodeSignIn(key, value)
			if !ok {
				return badRow(key, "sign-in of a wrong length")
			}
			better = old.Ended == 0 && old.Life <= row.Life
			return nil
		})
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	if !better {
		return nil
	}
	return batch.Set(key, appendSignIn(nil, row), nil)
}

// SignIns implements store.SignIns.
func (s *Store) SignIns(dst []store.SignInRow, uid uint64, before store.SignInPlace, limit int) ([]store.SignInRow, error) {
	if err := s.enter(); err != nil {
		return dst, err
	}
	defer s.life.RUnlock()
	prefix := appendSignInPrefix(nil, uid)
	end := appendAfterPrefix(nil, prefix)
	if before != (store.SignInPlace{}) {
		end = appendSignInKey(end[:0], &store.SignInRow{UID: uid, Began: before.Began, Conn: before.Conn, Gate: before.Gate})
	}
	c, err := s.scanRange(prefix, end)
	if err != nil {
		return dst, err
	}
	most := len(dst) + limit
	for ok := c.Last(); ok && len(dst) < most; ok = c.Prev() {
		var value []byte
		if value, err = c.value(); err != nil {
			break
		}
		row, whole := decodeSignIn(c.Key(), value)
		if !whole {
			err = badRow(c.Key(), "sign-in of a wrong length")
			break
		}
		dst = append(dst, row)
	}
	return dst, c.close(err)
}

// SignedIn implements store.SignIns.
func (s *Store) SignedIn(dst []uint64, after uint64, limit int) ([]uint64, error) {
	if err := s.enter(); err != nil {
		return dst, err
	}
	defer s.life.RUnlock()
	c, err := s.scanPrefix([]byte{tableSignIn, signInRows})
	if err != nil {
		return dst, err
	}
	end := len(dst) + limit
	for after < math.MaxUint64 && len(dst) < end && c.SeekGE(appendSignInPrefix(nil, after+1)) {
		if len(c.Key()) < signInKeySize {
			return dst, c.close(badRow(c.Key(), "key of a wrong length"))
		}
		after = binary.BigEndian.Uint64(c.Key()[2:])
		dst = append(dst, after)
	}
	return dst, c.close(nil)
}

// DropSignIns implements store.SignIns.
func (s *Store) DropSignIns(uid uint64, before int64, keep int) (n int, err error) {
	if err := s.enterToWrite(); err != nil {
		return 0, err
	}
	defer s.life.RUnlock()
	c, err := s.scanPrefix(appendSignInPrefix(nil, uid))
	if err != nil {
		return 0, err
	}
	batch, seen := s.db.NewBatch(), 0
	for ok := c.Last(); ok; ok = c.Prev() {
		if len(c.Key()) < signInKeySize {
			err = badRow(c.Key(), "key of a wrong length")
			break
		}
		if seen++; seen > keep || int64(binary.BigEndian.Uint64(c.Key()[10:])) < before {
			batch.Delete(c.Key(), nil)
			n++
		}
	}
	if err := c.close(err); err != nil || n == 0 {
		return 0, errors.Join(err, batch.Close())
	}
	return n, s.write(batch, engine.NoSync)
}

// GateLife implements store.SignIns.
func (s *Store) GateLife(gate string, life uint64) (l store.GateLife, err error) {
	l = store.GateLife{Gate: gate, Life: life}
	if life == 0 {
		if l.Life, err = s.head(appendLifePrefix(nil, gate)); err != nil {
			return l, err
		}
	}
	key := appendLifeKey(nil, gate, l.Life)
	err = s.get(key, func(value []byte) error {
		if len(value) != numberSize {
			return badRow(key, "life of a gate of a wrong length")
		}
		l.Seen = int64(binary.BigEndian.Uint64(value))
		return nil
	})
	return l, err
}

// DropGateLives implements store.SignIns.
func (s *Store) DropGateLives(before int64) error {
	if err := s.enterToWrite(); err != nil {
		return err
	}
	defer s.life.RUnlock()
	s.signIns.Lock()
	defer s.signIns.Unlock()
	c, err := s.scanPrefix([]byte{tableSignIn, signInLives})
	if err != nil {
		return err
	}
	batch := s.db.NewBatch()
	for ok := c.First(); ok; ok = c.Next() {
		var value []byte
		if value, err = c.value(); err != nil {
			break
		}
		if len(value) != numberSize {
			err = badRow(c.Key(), "life of a gate of a wrong length")
			break
		}
		if int64(binary.BigEndian.Uint64(value)) < before {
			batch.Delete(c.Key(), nil)
		}
	}
	if err := c.close(err); err != nil || batch.Empty() {
		return errors.Join(err, batch.Close())
	}
	return s.write(batch, engine.NoSync)
}

func appendSignInPrefix(dst []byte, uid uint64) []byte {
	return binary.BigEndian.AppendUint64(append(dst, tableSignIn, signInRows), uid)
}

func appendSignInKey(dst []byte, row *store.SignInRow) []byte {
	dst = binary.BigEndian.AppendUint64(appendSignInPrefix(dst, row.UID), uint64(row.Began))
	return append(binary.BigEndian.AppendUint64(dst, row.Conn), row.Gate...)
}

func appendLifePrefix(dst []byte, gate string) []byte {
	return append(append(append(dst, tableSignIn, signInLives), gate...), 0)
}

func appendLifeKey(dst []byte, gate string, life uint64) []byte {
	return binary.BigEndian.AppendUint64(appendLifePrefix(dst, gate), life)
}

func appendSignIn(dst []byte, row *store.SignInRow) []byte {
	dst = binary.BigEndian.AppendUint64(dst, row.Life)
	dst = binary.BigEndian.AppendUint64(dst, row.Device)
	dst = binary.BigEndian.AppendUint64(dst, uint64(row.Ended))
	return append(append(dst, byte(row.End), byte(row.Platform)), row.Address...)
}

func decodeSignIn(key, value []byte) (row store.SignInRow, ok bool) {
	if len(key) < signInKeySize || len(value) < signInFixed {
		return row, false
	}
	number := binary.BigEndian.Uint64
	return store.SignInRow{
		UID: number(key[2:]), Began: int64(number(key[10:])), Conn: number(key[18:]), Gate: string(key[signInKeySize:]),
		Life: number(value), Device: number(value[8:]), Ended: int64(number(value[16:])),
		End: msgdef.SessionEnd(value[24]), Platform: msgdef.Platform(value[25]), Address: string(value[signInFixed:]),
	}, true
}
