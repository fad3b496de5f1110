package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/sim-im/sim/codegen/backend"
)

// file is an output with its path.
type file struct {
	path string
	data []byte
	once bool // see backend.Output
}

// deliver writes the files that differ and deletes outputs that are no longer
// made. With -check it changes nothing, and what it would do is an error. All
// new content is beside its place before the first file is replaced, so that a
// run that cannot write, or is interrupted, leaves whole files behind.
func deliver(f flags, files []file) error {
	left, err := leftovers(f.Dir, files)
	if err != nil {
		return err
	}
	changed, err := changes(f, files)
	switch {
	case err != nil:
		return err
	case f.Check:
		return stale(changed, left)
	}
	if err := save(changed); err != nil {
		return err
	}
	for _, path := range left {
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	return nil
}

// changes returns the files whose content differs from what is there. A file
// that people wrote is in the way of an output, and an error.
func changes(f flags, files []file) ([]file, error) {
	var list []file
	var errs []error
	for _, out := range files {
		old, err := os.ReadFile(out.path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			list = append(list, out)
		case err != nil:
			errs = append(errs, err)
		case out.once || bytes.Equal(unixLines(old), out.data):
		case out.path != f.Lock && !ours(old):
			errs = append(errs, fmt.Errorf("%s was not written by this generator: rename it, or delete it", out.path))
		default:
			list = append(list, out)
		}
	}
	return list, errors.Join(errs...)
}

// unixLines undoes what git does to the ends of lines on Windows.
func unixLines(text []byte) []byte { return bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")) }

// ours tells whether text is an output, or what is left of one that was cut short.
func ours(text []byte) bool {
	header := []byte(backend.Header)
	return bytes.HasPrefix(text, header) || bytes.HasPrefix(header, text)
}

func stale(changed []file, left []string) error {
	var errs []error
	for _, out := range changed {
		errs = append(errs, fmt.Errorf("%s is stale: run go generate", out.path))
	}
	for _, path := range left {
		errs = append(errs, fmt.Errorf("%s has no source any more: run go generate", path))
	}
	return errors.Join(errs...)
}
