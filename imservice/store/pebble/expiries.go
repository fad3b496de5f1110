package pebble

import (
	engine "github.com/cockroachdb/pebble/v2"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

func setExpiry(batch *engine.Batch, row *store.ExpiryRow) {
	if row.Gone {
		_ = batch.Delete(appendExpiryKey(nil, row), nil) // in memory: never fails
		return
	}
	_ = batch.Set(appendExpiryKey(nil, row), nil, nil)
}

// Expiring implements store.Expiries.
func (s *Store) Expiring(dst []store.ExpiryRow, upTo int64, limit int) ([]store.ExpiryRow, error) {
	err := s.rows([]byte{tableExpiry}, appendExpiryPrefix(nil, upTo+1), limit, func(row scan) error {
		key := row.Key()
		if len(key) != expiryKeySize {
			return badRow(key, "key of a wrong length")
		}
		dst = append(dst, store.ExpiryRow{At: int64(firstNumber(key)), Conv: msgdef.Conversation(key[1+8:]), CSeq: lastNumber(key)})
		return nil
	})
	return dst, err
}
