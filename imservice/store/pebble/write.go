package pebble

import (
	"fmt"
	"runtime/debug"

	engine "github.com/cockroachdb/pebble/v2"
)

// enterToWrite is enter for a call that writes. After an error nothing has been
// done, and ErrFull may pass.
func (s *Store) enterToWrite() error {
	if err := s.enter(); err != nil {
		return err
	}
	err := s.Health()
	if err == nil {
		err = s.load.wait(s.cond)
	}
	if err != nil {
		s.life.RUnlock()
	}
	return err
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
