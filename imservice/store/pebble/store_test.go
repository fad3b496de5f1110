package pebble

import (
	"errors"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"go.uber.org/goleak"

	"github.com/sim-im/sim/imservice/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func openMem(t *testing.T) *Store {
	t.Helper()
	s, err := Open(Options{Dir: "data", FS: vfs.NewMem()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// TestCommitAllocatesNothingPerRow leaves a few allocations to a commit of
// 1,024 rows.
func TestCommitAllocatesNothingPerRow(t *testing.T) {
	s := openMem(t)
	rows := newRowMaker(256)
	run := func() {
		rows.next()
		p, err := s.Apply(&rows.commit)
		if err == nil {
			err = p.Wait()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if n := testing.AllocsPerRun(100, run); n > 64 {
		t.Errorf("%v allocations for a commit of 1,024 rows", n)
	}
}

// TestHeldBackWrites has an engine that cannot keep up.
func TestHeldBackWrites(t *testing.T) {
	broke := errors.New("disk gone")
	for name, test := range map[string]struct {
		release func(s *Store, high *atomic.Bool)
		want    error
	}{
		"until there is room":      {func(s *Store, high *atomic.Bool) { high.Store(false); s.load.changed() }, nil},
		"until the disk is broken": {func(s *Store, _ *atomic.Bool) { s.cond.fail(broke) }, broke},
	} {
		t.Run(name, func(t *testing.T) {
			s := openMem(t)
			var high atomic.Bool
			high.Store(true)
			s.load.tooHigh = high.Load
			s.load.changed()
			done := make(chan error)
			go func() {
				_, err := s.Apply(&store.Commit{Reads: []store.ReadRow{{UID: 1, CSeq: 1}}})
				done <- err
			}()
			for range 3 { // each wake-up is taken: the write is waiting
				s.load.changed()
				for len(s.load.wake) > 0 {
					runtime.Gosched()
				}
			}
			select {
			case err := <-done:
				t.Fatalf("a write was not held back: %v", err)
			default:
			}
			test.release(s, &high)
			if err := <-done; !errors.Is(err, test.want) {
				t.Fatalf("error is %v, want %v", err, test.want)
			}
		})
	}
}

// TestPanicOfTheEngine must end the store, not the process, and not hang.
func TestPanicOfTheEngine(t *testing.T) {
	s := openMem(t)
	err := s.commit(func() error { panic("locks are held") })
	if err == nil || s.Health() == nil {
		t.Fatalf("commit: %v, health: %v", err, s.Health())
	}
	if _, err := s.Apply(&store.Commit{}); !errors.Is(err, s.Health()) {
		t.Fatalf("the next commit: %v", err)
	}
	if err := s.Close(); err == nil {
		t.Fatal("close does not tell")
	}
	s.db.Close() // nothing holds its locks in this test
}

// TestFatalOfTheEngine must not end the process either.
func TestFatalOfTheEngine(t *testing.T) {
	s := openMem(t)
	cause := errors.New("cause")
	engineLog{log: s.cond.log, cond: s.cond}.Fatalf("fatal: %v", cause)
	if err := s.Health(); !errors.Is(err, cause) {
		t.Fatalf("health: %v", err)
	}
}
