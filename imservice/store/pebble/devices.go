package pebble

import (
	"errors"

	engine "github.com/cockroachdb/pebble/v2"

	"github.com/sim-im/sim/imservice/store"
)

// SentHead implements store.Devices.
func (s *Store) SentHead(uid, device uint64) (uint64, error) {
	return s.headAbove(appendSentPrefix(nil, uid, device), appendSentFloorKey(nil, store.Sender{UID: uid, Device: device}))
}

// Sent implements store.Devices.
func (s *Store) Sent(uid, device, counter uint64) (row store.SentRow, err error) {
	key := appendSentKey(nil, uid, device, counter)
	err = s.get(key, func(value []byte) error {
		var ok bool
		if row, ok = decodeSent(value); !ok {
			return badRow(key, "sent row of a wrong length")
		}
		row.UID, row.Device, row.Counter = uid, device, counter
		return nil
	})
	return row, err
}

// Cursor implements store.Devices.
func (s *Store) Cursor(uid, device uint64) (row store.DeviceRow, err error) {
	key := appendDeviceKey(nil, uid, device)
	err = s.get(key, func(value []byte) error {
		var ok bool
		if row, ok = decodeDevice(value); !ok {
			return badRow(key, "device row of a wrong length")
		}
		row.UID, row.Device = uid, device
		return nil
	})
	return row, err
}

// DevicesOf implements store.Devices, in ascending order of the device.
func (s *Store) DevicesOf(uid uint64, limit int) (rows []store.DeviceRow, err error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.life.RUnlock()
	c, err := s.scanPrefix(appendDevicePrefix(nil, uid))
	if err != nil {
		return nil, err
	}
	for ok := c.First(); ok && len(rows) < limit; ok = c.Next() {
		var value []byte
		if value, err = c.value(); err != nil {
			break
		}
		row, ok := decodeDevice(value)
		if !ok || len(c.Key()) != deviceKeySize {
			err = badRow(c.Key(), "device row of a wrong length")
			break
		}
		row.UID, row.Device = uid, lastNumber(c.Key())
		rows = append(rows, row)
	}
	return rows, c.close(err)
}

// SaveDevices implements store.Devices. A date never goes back either.
func (s *Store) SaveDevices(rows []store.DeviceRow) error {
	if err := s.enterToWrite(); err != nil {
		return err
	}
	defer s.life.RUnlock()
	s.devices.Lock()
	defer s.devices.Unlock()
	batch := s.db.NewIndexedBatch() // a device may stand in rows twice
	for _, row := range rows {
		gone, err := s.gone(row.UID)
		if err == nil && !gone {
			err = mergeDevice(batch, row)
		}
		if err != nil {
			batch.Close()
			return err
		}
	}
	return s.write(batch, engine.NoSync)
}

// mergeDevice adds row to the batch with the greater of the old and the new
// cursor and date. The old ones come from the batch or the store under it.
func mergeDevice(batch *engine.Batch, row store.DeviceRow) error {
	key := appendDeviceKey(nil, row.UID, row.Device)
	value, closer, err := batch.Get(key)
	switch {
	case errors.Is(err, engine.ErrNotFound):
	case err != nil:
		return explainRead(err)
	default:
		old, ok := decodeDevice(value)
		closer.Close()
		if !ok {
			return badRow(key, "device row of a wrong length")
		}
		row.Cursor, row.Seen = max(row.Cursor, old.Cursor), max(row.Seen, old.Seen)
	}
	batch.Set(key, appendDevice(nil, row), nil)
	return nil
}

// DropDevice implements store.Devices; it is durable when it returns.
func (s *Store) DropDevice(uid, device uint64) error {
	if err := s.enterToWrite(); err != nil {
		return err
	}
	defer s.life.RUnlock()
	s.devices.Lock()
	defer s.devices.Unlock()
	batch := s.db.NewBatch()
	batch.Delete(appendDeviceKey(nil, uid, device), nil)
	return s.write(batch, engine.Sync)
}
