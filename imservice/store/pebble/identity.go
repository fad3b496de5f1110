package pebble

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	engine "github.com/cockroachdb/pebble/v2"

	"github.com/sim-im/sim/imservice/store"
)

// format is the version of the layout in keys.go. It changes when rows get
// another meaning; a new table is empty in older stores, and a version that
// does not know it does it no harm.
const (
	format = 1

	// formatFloors is that of stores from which something was dropped: a version
	// before would take what is left for all there ever was.
	formatFloors = 2
)

// identify checks that the rows are of this layout, reads who the store is,
// and makes an identity for a new one.
func (s *Store) identify(rand io.Reader) (err error) {
	switch err = s.checkFormat(); {
	case err == nil:
		s.epoch, err = s.readNumber(appendMetaKey(nil, "epoch"))
		if errors.Is(err, store.ErrNotFound) {
			err = corrupt(errors.New("the store has lost its epoch"))
		}
		if err == nil {
			err = s.upgrade()
		}
	case errors.Is(err, store.ErrNotFound):
		err = s.found(rand)
	}
	if err != nil {
		return err
	}
	last, err := s.head([]byte{tableAccount})
	s.lastUID.Store(last)
	return err
}

// checkFormat returns ErrNotFound for a store without rows.
func (s *Store) checkFormat() error {
	var version uint16
	key := appendMetaKey(nil, "format")
	err := s.read(key, func(value []byte) error {
		if len(value) != 2 {
			return badRow(key, "not 2 bytes")
		}
		version = binary.BigEndian.Uint16(value)
		return nil
	})
	switch {
	case errors.Is(err, store.ErrNotFound):
		return s.checkEmpty()
	case err != nil:
		return err
	case version != format && version != formatFloors:
		return fmt.Errorf("%w: format %d, this version knows %d to %d: %s", store.ErrFormat, version, format, formatFloors, adviceFormat)
	}
	return nil
}

// checkEmpty tells a new store (ErrNotFound) from one of another program.
func (s *Store) checkEmpty() error {
	c, err := s.scanRange(nil, nil)
	if err != nil {
		return err
	}
	foreign := c.First()
	switch err := c.close(nil); {
	case err != nil:
		return err
	case foreign:
		return fmt.Errorf("%w: not a store of this program: %s", store.ErrFormat, adviceFormat)
	}
	return store.ErrNotFound
}

// found makes the identity of a new store, durably and before anything else
// is written.
func (s *Store) found(rand io.Reader) error {
	var epoch [8]byte
	if _, err := io.ReadFull(rand, epoch[:]); err != nil {
		return fmt.Errorf("make an epoch: %w", err)
	}
	s.epoch = max(binary.BigEndian.Uint64(epoch[:]), 1)
	batch := s.db.NewBatch()
	batch.Set(appendMetaKey(nil, "format"), binary.BigEndian.AppendUint16(nil, format), nil)
	for _, u := range upgrades() {
		batch.Set(appendMetaKey(nil, u.name), nil, nil)
	}
	batch.Set(appendMetaKey(nil, "epoch"), binary.BigEndian.AppendUint64(nil, s.epoch), nil)
	return s.write(batch, engine.Sync)
}
