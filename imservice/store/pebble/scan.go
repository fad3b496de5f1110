package pebble

import (
	"errors"

	engine "github.com/cockroachdb/pebble/v2"
)

// scan is an iterator over the keys of a range. It is closed exactly once.
type scan struct {
	*engine.Iterator
}

// scanRange opens a scan of the keys with from ≤ key < end.
func (s *Store) scanRange(from, end []byte) (scan, error) {
	it, err := s.db.NewIter(&engine.IterOptions{LowerBound: from, UpperBound: end})
	if err != nil {
		return scan{}, explainRead(err)
	}
	return scan{it}, nil
}

// scanPrefix opens a scan of the keys with a prefix.
func (s *Store) scanPrefix(prefix []byte) (scan, error) {
	return s.scanRange(prefix, appendAfterPrefix(nil, prefix))
}

// value returns the value of the current row, valid until the scan moves.
func (c scan) value() ([]byte, error) {
	value, err := c.ValueAndErr()
	if err != nil {
		return nil, explainRead(err)
	}
	return value, nil
}

// close ends the scan and returns err, or what went wrong in the scan when err
// is nil: a scan that ends early because of damage looks like one at its end.
func (c scan) close(err error) error {
	failed := errors.Join(c.Error(), c.Close())
	if err != nil || failed == nil {
		return err
	}
	return explainRead(failed)
}

// head returns the number that the last key with a prefix ends with, 0 when
// there is none. The rest of such keys is 8 bytes.
func (s *Store) head(prefix []byte) (n uint64, err error) {
	if err := s.enter(); err != nil {
		return 0, err
	}
	defer s.life.RUnlock()
	c, err := s.scanPrefix(prefix)
	if err != nil {
		return 0, err
	}
	if c.Last() {
		if key := c.Key(); len(key) == len(prefix)+8 {
			n = lastNumber(key)
		} else {
			err = badRow(key, "key of a wrong length")
		}
	}
	return n, c.close(err)
}
