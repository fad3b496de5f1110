package pebble

import (
	"errors"

	engine "github.com/cockroachdb/pebble/v2"

	"github.com/sim-im/sim/imservice/store"
)

// Standing implements store.Verdicts.
func (s *Store) Standing(uid uint64) (d store.Standing, err error) {
	key := appendStandingKey(nil, uid)
	err = s.get(key, func(value []byte) error {
		var ok bool
		if d, ok = decodeStanding(value); !ok {
			return badRow(key, "standing row cut short")
		}
		return nil
	})
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return d, err
}

// PutVerdict implements store.Verdicts.
func (s *Store) PutVerdict(v store.Verdict) error {
	if err := v.Check(); err != nil {
		return err
	}
	if err := s.enterToWrite(); err != nil {
		return err
	}
	defer s.life.RUnlock()
	s.evictions.Lock()
	defer s.evictions.Unlock()
	batch := s.db.NewBatch()
	if err := s.appendVerdict(batch, v); err != nil {
		return errors.Join(err, batch.Close())
	}
	return s.write(batch, engine.Sync)
}

func (s *Store) appendVerdict(batch *engine.Batch, v store.Verdict) error {
	batch.Set(appendStandingKey(nil, v.UID), appendStanding(nil, v.Standing), nil)
	if v.Eviction.Generation != 0 {
		batch.Set(appendEvictionKey(nil, v.Eviction), appendEviction(nil, v.Eviction), nil)
	}
	if v.Deletion != nil {
		setDeletion(batch, *v.Deletion)
	}
	if v.Families {
		families, err := s.familiesOf(v.UID)
		if err != nil {
			return err
		}
		for _, p := range families {
			if v.Device == 0 || p.device == v.Device {
				dropFamily(batch, p)
			}
		}
	}
	if v.Family != nil {
		setFamily(batch, *v.Family)
	}
	if v.Password == nil {
		return nil
	}
	a, err := s.account(v.UID)
	a.Password = *v.Password
	batch.Set(appendAccountKey(nil, v.UID), appendAccount(nil, a), nil)
	return err
}

// Evictions implements store.Verdicts.
func (s *Store) Evictions(limit int) (list []store.Eviction, err error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.life.RUnlock()
	c, err := s.scanPrefix([]byte{tableEviction})
	if err != nil {
		return nil, err
	}
	for ok := c.First(); ok && len(list) < limit; ok = c.Next() {
		var value []byte
		if value, err = c.value(); err != nil {
			break
		}
		row, whole := decodeEviction(value)
		if !whole || len(c.Key()) != evictionKeySize {
			err = badRow(c.Key(), "eviction row cut short")
			break
		}
		row.UID, row.Device = firstNumber(c.Key()), lastNumber(c.Key())
		list = append(list, row)
	}
	return list, c.close(err)
}

// DropEvictions implements store.Verdicts. The lock is over looking and
// dropping, so that no later one comes between.
func (s *Store) DropEvictions(list []store.Eviction) error {
	if err := s.enterToWrite(); err != nil {
		return err
	}
	defer s.life.RUnlock()
	s.evictions.Lock()
	defer s.evictions.Unlock()
	batch := s.db.NewBatch()
	for _, row := range list {
		key := appendEvictionKey(nil, row)
		err := s.read(key, func(value []byte) error {
			if now, ok := decodeEviction(value); ok && now.Generation <= row.Generation {
				return batch.Delete(key, nil)
			}
			return nil
		})
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return errors.Join(err, batch.Close())
		}
	}
	return s.write(batch, engine.NoSync)
}
