package pebble

import (
	"fmt"
	"runtime/debug"

	engine "github.com/cockroachdb/pebble/v2"
)

// writable returns why no write can be taken now. Nothing has been done then,
// and ErrFull may pass.
func (s *Store) writable() error {
	if err := s.Health(); err != nil {
		return err
	}
	return s.load.wait(s.cond)
}

// write commits a batch and closes it. With engine.Sync it returns when the
// rows are on the disk, and never nil when they may not be.
func (s *Store) write(batch *engine.Batch, how *engine.WriteOptions) error {
	if err := s.commit(func() error { return s.db.Apply(batch, how) }); err != nil {
		return err // the engine may still hold the batch
	}
	batch.Close()
	return s.cond.err()
}

// commit runs a write of the engine. The engine answers some failures with a
// panic that leaves its locks taken; that ends the store, not the process.
func (s *Store) commit(apply func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("pebble: engine panicked: %v", r)
			s.cond.log.Error("store engine panicked", "panic", r, "stack", string(debug.Stack()))
			s.wedged.Store(true)
			s.cond.fail(err)
		}
	}()
	if err := apply(); err != nil {
		err = fmt.Errorf("pebble: commit: %w", err)
		s.cond.fail(err)
		return err
	}
	return nil
}
