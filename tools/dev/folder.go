package dev

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"

	"github.com/sim-im/sim/imservice/store"
)

// FolderError says that a data folder cannot be used, and what to do. It wraps
// one of the errors of package store where that is known: ErrInUse,
// ErrReadOnly, ErrFull, ErrCorrupt, ErrFormat.
type FolderError struct {
	Folder string
	Err    error
}

// Error implements error.
func (e *FolderError) Error() string { return fmt.Sprintf("data folder %s: %v", e.Folder, e.Err) }

// Unwrap returns the cause.
func (e *FolderError) Unwrap() error { return e.Err }

// folder is a data folder.
type folder string

func (f folder) store() string { return filepath.Join(string(f), "store") }
func (f folder) nsqd() string  { return filepath.Join(string(f), "nsqd") }

// wrap gives an error of the system its place among the store's.
func (f folder) wrap(err error) error {
	switch {
	case err == nil:
		return nil
	case explained(err):
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS), errors.Is(err, syscall.EPERM):
		err = fmt.Errorf("%w: %w: make it writable, or choose another", store.ErrReadOnly, err)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		err = fmt.Errorf("%w: %w: make room, then start again", store.ErrFull, err)
	}
	return &FolderError{Folder: string(f), Err: err}
}

// explained reports whether the store has said what to do.
func explained(err error) bool {
	for _, known := range []error{store.ErrInUse, store.ErrReadOnly, store.ErrFull, store.ErrCorrupt, store.ErrFormat} {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}
