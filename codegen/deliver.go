package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/sim-im/sim/codegen/backend"
)

// file is an output with its path.
type file struct {
	path string
	data []byte
	once bool // see backend.Output
}

// deliver writes the files that differ and deletes outputs that are no longer
// made. With -check it changes nothing, and what it would do is an error.
func deliver(f flags, files []file) error {
	leftover, err := leftovers(f.Dir, files)
	if err != nil {
		return err
	}
	var stale []error
	for _, out := range files {
		if old, err := os.ReadFile(out.path); err == nil && (out.once || bytes.Equal(old, out.data)) {
			continue
		}
		if f.Check {
			stale = append(stale, fmt.Errorf("%s is stale: run go generate", out.path))
		} else if err := save(out); err != nil {
			return err
		}
	}
	for _, path := range leftover {
		if f.Check {
			stale = append(stale, fmt.Errorf("%s has no source any more: run go generate", path))
		} else if err := os.Remove(path); err != nil {
			return err
		}
	}
	return errors.Join(stale...)
}

func save(out file) error {
	if err := os.MkdirAll(filepath.Dir(out.path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(out.path, out.data, 0o644)
}

// leftovers finds outputs of earlier runs that are not among files: in dir
// itself, and anywhere below the folders inside it that files are in. Files that
// somebody else generated, or wrote, are left alone.
func leftovers(dir string, files []file) ([]string, error) {
	made, roots := map[string]bool{}, map[string]bool{}
	for _, f := range files {
		made[f.path] = true
		if below, err := filepath.Rel(dir, f.path); err == nil && filepath.IsLocal(below) && filepath.Dir(below) != "." {
			roots[filepath.Join(dir, topOf(below))] = true
		}
	}
	var left []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != dir && (built(entry.Name()) || filepath.Dir(path) == filepath.Clean(dir) && !roots[path]):
			return filepath.SkipDir
		case entry.IsDir() || made[path]:
			return nil
		}
		ours, err := begins(path, backend.Header)
		if ours {
			left = append(left, path)
		}
		return err
	})
	return left, err
}

// built tells whether a folder has what compilers made, which may keep the first
// comment of a source, and what was installed.
func built(folder string) bool { return folder == "dist" || folder == "node_modules" }

// topOf returns the first folder of a path.
func topOf(path string) string {
	for filepath.Dir(path) != "." {
		path = filepath.Dir(path)
	}
	return path
}

// begins tells whether a file begins with text.
func begins(path, text string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	start := make([]byte, len(text))
	_, err = io.ReadFull(f, start)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return false, nil
	}
	return string(start) == text, err
}
