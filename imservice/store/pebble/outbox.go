package pebble

import (
	engine "github.com/cockroachdb/pebble/v2"

	"github.com/sim-im/sim/imservice/store"
)

// OutboxHead implements store.Outbox.
func (s *Store) OutboxHead() (uint64, error) {
	return s.head([]byte{tableOutbox})
}

// OutboxRows implements store.Outbox.
func (s *Store) OutboxRows(dst []store.OutboxRow, after, upTo uint64, limit int) ([]store.OutboxRow, error) {
	if after >= upTo || limit <= 0 {
		return dst, nil
	}
	if err := s.enter(); err != nil {
		return dst, err
	}
	defer s.life.RUnlock()
	c, err := s.scanRange(appendOutboxKey(nil, after+1), append(appendOutboxKey(nil, upTo), 0))
	if err != nil {
		return dst, err
	}
	most := len(dst) + limit
	if most < limit {
		most = limit
	}
	for ok := c.First(); ok && len(dst) < most; ok = c.Next() {
		var value []byte
		if value, err = c.value(); err != nil {
			break
		}
		row, whole := decodeOutbox(value)
		if !whole || len(c.Key()) != outboxKeySize {
			err = badRow(c.Key(), "outbox row of a wrong length")
			break
		}
		row.ID = lastNumber(c.Key())
		dst = append(dst, row)
	}
	return dst, c.close(err)
}

// OutboxRow implements store.Outbox.
func (s *Store) OutboxRow(id uint64) (row store.OutboxRow, err error) {
	key := appendOutboxKey(nil, id)
	err = s.get(key, func(value []byte) error {
		var ok bool
		if row, ok = decodeOutbox(value); !ok {
			return badRow(key, "outbox row of a wrong length")
		}
		row.ID = id
		return nil
	})
	return row, err
}

// RemoveOutbox implements store.Outbox.
func (s *Store) RemoveOutbox(ids []uint64) error {
	if err := s.enterToWrite(); err != nil {
		return err
	}
	defer s.life.RUnlock()
	batch := s.db.NewBatch()
	key := make([]byte, 0, outboxKeySize)
	for _, id := range ids {
		batch.Delete(appendOutboxKey(key, id), nil)
	}
	return s.write(batch, engine.NoSync)
}
