package pebble

import (
	"context"
	"errors"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/sim-im/sim/imservice/store"
)

// TestSettle writes more tables than the first level is to have.
func TestSettle(t *testing.T) {
	s, err := Open(Options{Dir: "data", FS: vfs.NewMem(), MemTableSize: minMemTableSize})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	rows := newRowMaker(64)
	for range 256 {
		rows.next()
		pending, err := s.Apply(&rows.commit)
		if err == nil {
			err = pending.Wait()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if err := s.Settle(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("with an ended context: %v", err)
	}
	if err := s.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	m := s.db.Metrics()
	if m.Flush.Count == 0 || m.Compact.NumInProgress > 0 || m.Levels[0].Sublevels >= int32(mergeDepth(minMemTableSize)) {
		t.Errorf("%d flushes, %d merges under way, %d tables on top of each other", m.Flush.Count, m.Compact.NumInProgress, m.Levels[0].Sublevels)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Settle(t.Context()); !errors.Is(err, store.ErrClosed) {
		t.Errorf("a closed store: %v", err)
	}
}
