// Package newfile makes files that are under their name when they are whole, and never
// in the place of another. The package imports the standard library only.
package newfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// File is a file that is written under a temporary name beside its own:
//
//	Create ──▶ written ──Keep──▶ under its name
//	               └────Drop──▶ gone
//
// What a crash leaves has a name that begins with a dot and ends with .part.
type File struct {
	*os.File
	path string
	over bool
}

// Create begins a file for its owner only. It is an error that wraps fs.ErrExist if
// there is one under the name.
func Create(path string) (*File, error) {
	if err := free(path); err != nil {
		return nil, err
	}
	folder, name := filepath.Split(path)
	file, err := os.CreateTemp(filepath.Clean(folder+"."), "."+name+".*.part")
	if err != nil {
		return nil, err
	}
	return &File{File: file, path: path}, nil
}

// free tells whether a name is nobody's.
func free(path string) error {
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("%s: %w; nothing is overwritten", path, fs.ErrExist)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Keep gives a file its name, when all of it is on the disk. After an error it is gone,
// also when somebody else has taken the name meanwhile.
func (f *File) Keep() error {
	err := f.Sync()
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = f.name()
	}
	if err != nil {
		f.Drop()
	}
	f.over = true
	return err
}

// name takes the name, which nobody else does from then on, and has the file take the
// place of what is empty there.
func (f *File) name() error {
	taken, err := os.OpenFile(f.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s: %w; nothing is overwritten", f.path, fs.ErrExist)
	}
	if err == nil {
		err = taken.Close()
	}
	if err != nil {
		return err
	}
	if err := os.Rename(f.Name(), f.path); err != nil {
		return errors.Join(err, os.Remove(f.path))
	}
	return nil
}

// Drop removes a file that was not kept. After Keep it does nothing.
func (f *File) Drop() {
	if f.over {
		return
	}
	f.over = true
	_ = f.Close() // it may be
	_ = os.Remove(f.Name())
}
