package pebble

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// Options says where a store lives and what it may use.
type Options struct {
	// Dir is the data folder; it is made, for the owner alone, when it does not
	// exist. Mandatory.
	Dir string

	// FS is the file system; nil is the disk. vfs.NewMem() keeps everything in
	// memory, for tests and for servers that need not remember.
	FS vfs.FS

	// Logger gets the engine's events; nil discards them.
	Logger *slog.Logger

	// Now is the clock that paces the checks of free space; nil is time.Now.
	Now func() time.Time

	// Rand makes the epoch; nil is crypto/rand.
	Rand io.Reader

	// MinFree is how many bytes of the disk are left alone: below it the store
	// takes no writes and Health returns ErrFull, until there is room again;
	// opening and reading go on. It has to cover what the engine writes on its own: several memtables with
	// their logs, and the output of a compaction. 0 means 512 MiB, a negative
	// number switches the watch off.
	MinFree int64

	// CacheSize bounds the bytes of blocks kept in memory for reads, besides
	// the memtables; 0 means 64 MiB.
	CacheSize int64

	// MemTableSize is the bytes of rows gathered in memory before they are
	// written as a table; there may be four of them. A larger one writes less,
	// but it outgrows the processor's cache, makes opening slower, and its log
	// is as large: only after the first ones are full the engine writes over
	// old logs, which syncs in half the time of a log that grows. 0 means 16 MiB.
	MemTableSize int64
}

const (
	defaultMinFree      = 512 << 20
	defaultCacheSize    = 64 << 20
	defaultMemTableSize = 16 << 20

	minMemTableSize = 64 << 10
	maxMemTableSize = 1 << 30
)

func (o Options) withDefaults() Options {
	if o.FS == nil {
		o.FS = vfs.Default
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if o.MinFree == 0 {
		o.MinFree = defaultMinFree
	}
	if o.CacheSize == 0 {
		o.CacheSize = defaultCacheSize
	}
	if o.MemTableSize == 0 {
		o.MemTableSize = defaultMemTableSize
	}
	return o
}

// validate reports every mistake at once.
func (o Options) validate() error {
	var errs []error
	if o.Dir == "" {
		errs = append(errs, errors.New("no Dir: name the data folder"))
	}
	if o.CacheSize < 0 {
		errs = append(errs, fmt.Errorf("CacheSize is %d: a number of bytes, or 0 for %d", o.CacheSize, defaultCacheSize))
	}
	if o.MemTableSize < minMemTableSize || o.MemTableSize > maxMemTableSize {
		errs = append(errs, fmt.Errorf("MemTableSize is %d: from %d to %d, or 0 for %d",
			o.MemTableSize, minMemTableSize, maxMemTableSize, defaultMemTableSize))
	}
	if len(errs) == 0 {
		return nil
	}
	return fmt.Errorf("pebble: options: %w", errors.Join(errs...))
}
