package pebble

import (
	"context"
	"time"
)

// settleLook is how often Settle looks; a merge follows another sooner.
const settleLook = 100 * time.Millisecond

// Settle returns when the engine has merged its tables as far as it wants to,
// which may take minutes after much was written. Nobody may write meanwhile.
func (s *Store) Settle(ctx context.Context) error {
	tick := time.NewTicker(settleLook)
	defer tick.Stop()
	for idle := 0; idle < 3; {
		busy, err := s.merging()
		switch {
		case err != nil:
			return err
		case busy:
			idle = 0
		default:
			idle++
		}
		select {
		case <-tick.C:
		case <-s.cond.broken:
			return s.cond.err()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// merging tells whether tables are being written now.
func (s *Store) merging() (bool, error) {
	if err := s.enter(); err != nil {
		return false, err
	}
	defer s.life.RUnlock()
	m := s.db.Metrics()
	return m.Flush.NumInProgress > 0 || m.Compact.NumInProgress > 0, nil
}
