package pebble

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	engine "github.com/cockroachdb/pebble/v2"

	"github.com/sim-im/sim/imservice/store"
)

// Term implements store.Terms.
func (s *Store) Term(region string) (uint64, error) {
	term, err := s.number(appendTermKey(nil, region))
	if errors.Is(err, store.ErrNotFound) {
		return 0, nil
	}
	return term, err
}

// PutTerm implements store.Terms.
func (s *Store) PutTerm(region string, term uint64) error {
	if len(region) == 0 || len(region) > math.MaxUint16 {
		return fmt.Errorf("pebble: a region of %d bytes cannot be stored", len(region))
	}
	if err := s.enterToWrite(); err != nil {
		return err
	}
	defer s.life.RUnlock()
	batch := s.db.NewBatch()
	batch.Set(appendTermKey(nil, region), binary.BigEndian.AppendUint64(nil, term), nil)
	return s.write(batch, engine.Sync)
}
