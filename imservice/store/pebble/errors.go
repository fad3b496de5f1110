package pebble

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	engine "github.com/cockroachdb/pebble/v2"

	"github.com/sim-im/sim/imservice/store"
)

// What to do, for the person who reads the error.
const (
	adviceFull     = "free space on its disk, then start again"
	adviceReadOnly = "check the owner and the mount of the data folder"
	adviceCorrupt  = "stop, keep a copy of the data folder, and restore the last backup; what is there must not be written any more"
	adviceInUse    = "stop the other process or choose another data folder"
	adviceFormat   = "use the version that wrote it, or another data folder"
)

// explainWrite names the reason of a write that failed.
func explainWrite(op, name string, err error) error {
	switch {
	case isFull(err):
		return fmt.Errorf("%w: %s %s: %w: %s", store.ErrFull, op, name, err, adviceFull)
	case isReadOnly(err):
		return fmt.Errorf("%w: %s %s: %w: %s", store.ErrReadOnly, op, name, err, adviceReadOnly)
	}
	return fmt.Errorf("pebble: %s %s: %w", op, name, err)
}

// explainOpen names the reason why a data folder could not be opened. The
// engine marks most damage as such; an error that did not come from the
// operating system is about the content as well, and a file the content names
// but the folder lacks is damage too.
func explainOpen(dir string, err error) error {
	var path *fs.PathError
	var number syscall.Errno
	switch {
	case errors.Is(err, store.ErrInUse):
		return fmt.Errorf("pebble: open %s: %w: %s", dir, err, adviceInUse)
	case isStoreError(err):
		return fmt.Errorf("pebble: open %s: %w", dir, err)
	case isFull(err), isReadOnly(err):
		return explainWrite("open", dir, err)
	case strings.Contains(err.Error(), "unknown format major version"),
		strings.Contains(err.Error(), "no longer supported"):
		return fmt.Errorf("pebble: open %s: %w: %w: %s", dir, store.ErrFormat, err, adviceFormat)
	case engine.IsCorruptionError(err), errors.Is(err, fs.ErrNotExist):
	case errors.As(err, &path), errors.As(err, &number):
		return fmt.Errorf("pebble: open %s: %w", dir, err)
	}
	return corrupt(fmt.Errorf("open %s: %w", dir, err))
}

// explainRead names the reason of a read that failed.
func explainRead(err error) error {
	switch {
	case errors.Is(err, engine.ErrNotFound):
		return store.ErrNotFound
	case engine.IsCorruptionError(err):
		return corrupt(err)
	}
	return fmt.Errorf("pebble: read: %w", err)
}

// isStoreError tells whether the error already carries a sentinel of store.
func isStoreError(err error) bool {
	for _, known := range []error{store.ErrFull, store.ErrReadOnly, store.ErrCorrupt, store.ErrFormat, store.ErrClosed} {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}

// corrupt says that what was read cannot be true.
func corrupt(err error) error {
	return fmt.Errorf("%w: %w: %s", store.ErrCorrupt, err, adviceCorrupt)
}

// badRow is the damage of a row whose bytes have another length than its table
// gives them, or whose neighbour is missing.
func badRow(key []byte, what string) error {
	return corrupt(fmt.Errorf("row %x: %s", key, what))
}
