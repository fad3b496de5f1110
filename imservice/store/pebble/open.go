package pebble

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	engine "github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// Open opens the store in Options.Dir, and makes one when the folder is empty
// or not there. It returns ErrInUse, ErrReadOnly, ErrFull, ErrFormat or
// ErrCorrupt where that is the reason.
func Open(o Options) (*Store, error) {
	o = o.withDefaults()
	if err := o.validate(); err != nil {
		return nil, err
	}
	if err := checkFolder(o.FS, o.Dir); err != nil {
		return nil, explainOpen(o.Dir, err)
	}
	cond := newCondition(o.Logger)
	s := &Store{
		disk:  &disk{FS: o.FS, cond: cond},
		dir:   o.Dir,
		cond:  cond,
		space: &space{fs: o.FS, dir: o.Dir, min: o.MinFree, now: o.Now},
		load:  newPressure(),
		keep:  engine.WithMaxRetainedSizeBytes(maxKeptBatch),
	}
	var err error
	if s.db, err = s.openEngine(s.engineOptions(o)); err != nil {
		return nil, explainOpen(o.Dir, err)
	}
	s.load.watch(s.db, o.MemTableSize)
	if err := s.identify(o.Rand); err != nil {
		return nil, explainOpen(o.Dir, errors.Join(err, s.Close()))
	}
	return s, nil
}

// checkFolder refuses a folder that holds tables or logs but lacks the file
// that names them. The engine would take it for an empty one and delete them.
func checkFolder(files vfs.FS, dir string) error {
	names, err := files.List(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	orphans := 0
	for _, name := range names {
		if strings.HasPrefix(name, "marker.manifest.") {
			return nil
		}
		if strings.HasSuffix(name, ".sst") || strings.HasSuffix(name, ".log") {
			orphans++
		}
	}
	if orphans > 0 {
		return corrupt(fmt.Errorf("%d tables and logs, but not the file that names them", orphans))
	}
	return nil
}

// openEngine opens the engine, or gives it up when the disk fails meanwhile.
// What remains then ends in the background and cannot change the disk, so the
// folder is free for another attempt.
func (s *Store) openEngine(opts *engine.Options) (*engine.DB, error) {
	done := make(chan opening, 1)
	s.disk.opening.Store(true)
	go func() { done <- openQuietly(s.dir, opts) }()
	select {
	case o := <-done:
		if s.cond.err() == nil {
			s.disk.opening.Store(false)
			return o.db, o.err
		}
		done <- o
	case <-s.cond.broken:
	}
	s.cond.close()
	go func() {
		if o := <-done; o.db != nil {
			o.db.Close()
		}
	}()
	return nil, errors.Join(s.cond.err(), s.disk.lock.Close())
}

// opening is the outcome of opening the engine.
type opening struct {
	db  *engine.DB
	err error
}

// openQuietly turns a panic of the engine, which damaged files may cause, into
// an error.
func openQuietly(dir string, opts *engine.Options) (o opening) {
	defer func() {
		if p := recover(); p != nil {
			o = opening{err: corrupt(fmt.Errorf("engine panicked: %v", p))}
		}
	}()
	o.db, o.err = engine.Open(dir, opts)
	return o
}
