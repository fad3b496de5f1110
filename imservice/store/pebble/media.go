package pebble

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	engine "github.com/cockroachdb/pebble/v2"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

// The second byte of keys of tableMedia.
const (
	mediaKnown   = 0x01
	mediaCarried = 0x02
	mediaLoose   = 0x03
	mediaDropped = 0x04
)

func appendMediaKey(dst []byte, table byte, id store.MediaID) []byte {
	return append(append(dst, tableMedia, table), id[:]...)
}

func appendCarriedKey(dst []byte, row *store.CarriedRow) []byte {
	dst = append(appendMediaKey(dst, mediaCarried, row.ID), row.Conv[:]...)
	return binary.BigEndian.AppendUint64(dst, row.CSeq)
}

// setCarried writes that a message carries media; or that it does no more, and
// that they may be loose, which only DropMedia finds out.
func setCarried(batch *engine.Batch, row *store.CarriedRow) {
	if !row.Gone {
		op := batch.SetDeferred(carriedKeySize, 0)
		appendCarriedKey(op.Key[:0], row)
		return
	}
	op := batch.DeleteDeferred(carriedKeySize)
	appendCarriedKey(op.Key[:0], row)
	setLoose(batch, store.LooseMedia{Since: row.At, ID: row.ID})
}

func setLoose(batch *engine.Batch, l store.LooseMedia) {
	op := batch.SetDeferred(mediaKeySize, numberSize)
	appendMediaKey(op.Key[:0], mediaLoose, l.ID)
	binary.BigEndian.PutUint64(op.Value, uint64(l.Since))
}

// AddMedia implements store.MediaRows.
func (s *Store) AddMedia(m *msgdef.MediaInfo) error {
	if err := s.enterToWrite(); err != nil {
		return err
	}
	defer s.life.RUnlock()
	s.media.Lock()
	defer s.media.Unlock()
	key := appendMediaKey(nil, mediaKnown, m.ID)
	switch err := s.read(key, func([]byte) error { return nil }); {
	case err == nil:
		return fmt.Errorf("%w: media %x", store.ErrExists, m.ID)
	case !errors.Is(err, store.ErrNotFound):
		return err
	}
	batch := s.db.NewBatch()
	_ = batch.Set(key, m.Append(nil), nil) // in memory: never fails
	setLoose(batch, store.LooseMedia{Since: m.Created, ID: m.ID})
	return s.write(batch, engine.Sync)
}

// Media implements store.MediaRows.
func (s *Store) Media(id store.MediaID) (m msgdef.MediaInfo, err error) {
	key := appendMediaKey(nil, mediaKnown, id)
	err = s.get(key, func(value []byte) error {
		if err := m.Decode(value); err != nil {
			return badRow(key, err.Error())
		}
		return nil
	})
	return m, err
}

// Carried implements store.MediaRows.
func (s *Store) Carried(dst []store.CarriedRow, id store.MediaID, limit int) ([]store.CarriedRow, error) {
	from := appendMediaKey(nil, mediaCarried, id)
	err := s.rows(from, appendAfterPrefix(nil, from), limit, func(row scan) error {
		key := row.Key()
		if len(key) != carriedKeySize {
			return badRow(key, "key of a wrong length")
		}
		dst = append(dst, store.CarriedRow{ID: id, Conv: msgdef.Conversation(key[mediaKeySize : mediaKeySize+16]), CSeq: lastNumber(key)})
		return nil
	})
	return dst, err
}

// LooseMedia implements store.MediaRows. It reads about all there are: those of a
// day, and those that were not looked at since.
func (s *Store) LooseMedia(dst []store.LooseMedia, since int64, limit int) ([]store.LooseMedia, error) {
	from := []byte{tableMedia, mediaLoose}
	most := len(dst) + limit
	err := s.rows(from, appendAfterPrefix(nil, from), math.MaxInt, func(row scan) error {
		l, err := looseOf(row)
		if err == nil && l.Since <= since && len(dst) < most {
			dst = append(dst, l)
		}
		return err
	})
	return dst, err
}

// looseOf reads a row of mediaLoose.
func looseOf(row scan) (l store.LooseMedia, err error) {
	value, err := row.value()
	if err != nil {
		return l, err
	}
	key := row.Key()
	if len(key) != mediaKeySize || len(value) != numberSize {
		return l, badRow(key, "a row of a wrong length")
	}
	return store.LooseMedia{Since: int64(binary.BigEndian.Uint64(value)), ID: store.MediaID(key[2:])}, nil
}

// DropMedia implements store.MediaRows.
func (s *Store) DropMedia(loose store.LooseMedia) (bool, error) {
	if err := s.enterToWrite(); err != nil {
		return false, err
	}
	defer s.life.RUnlock()
	s.media.Lock()
	defer s.media.Unlock()
	key := appendMediaKey(nil, mediaLoose, loose.ID)
	since, err := s.readNumber(key)
	if errors.Is(err, store.ErrNotFound) || err == nil && int64(since) != loose.Since {
		return false, nil
	}
	var drops bool
	if err == nil {
		drops, err = s.isLoose(loose.ID)
	}
	if err != nil {
		return false, err
	}
	batch := s.db.NewBatch()
	_ = batch.Delete(key, nil) // in memory: never fails
	if drops {
		_ = batch.Delete(appendMediaKey(nil, mediaKnown, loose.ID), nil)
		_ = batch.Set(appendMediaKey(nil, mediaDropped, loose.ID), nil, nil)
	}
	return drops, s.write(batch, engine.Sync)
}

// isLoose tells whether media are there and no message carries them.
func (s *Store) isLoose(id store.MediaID) (bool, error) {
	err := s.read(appendMediaKey(nil, mediaKnown, id), func([]byte) error { return nil })
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	c, err := s.scanPrefix(appendMediaKey(nil, mediaCarried, id))
	if err != nil {
		return false, err
	}
	loose := !c.First()
	err = c.close(nil)
	return loose && err == nil, err
}

// DroppedMedia implements store.MediaRows.
func (s *Store) DroppedMedia(dst []store.MediaID, limit int) ([]store.MediaID, error) {
	from := []byte{tableMedia, mediaDropped}
	err := s.rows(from, appendAfterPrefix(nil, from), limit, func(row scan) error {
		if len(row.Key()) != mediaKeySize {
			return badRow(row.Key(), "key of a wrong length")
		}
		dst = append(dst, store.MediaID(row.Key()[2:]))
		return nil
	})
	return dst, err
}

// ForgetMedia implements store.MediaRows.
func (s *Store) ForgetMedia(ids []store.MediaID) error {
	if err := s.enterToWrite(); err != nil {
		return err
	}
	defer s.life.RUnlock()
	batch := s.db.NewBatch()
	for _, id := range ids {
		_ = batch.Delete(appendMediaKey(nil, mediaDropped, id), nil) // in memory: never fails
	}
	return s.write(batch, engine.Sync)
}
