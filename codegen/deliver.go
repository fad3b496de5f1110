package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/sim-im/sim/codegen/backend/golang"
)

// file is an output with its path.
type file struct {
	path string
	data []byte
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
		if old, err := os.ReadFile(out.path); err == nil && bytes.Equal(old, out.data) {
			continue
		}
		if f.Check {
			stale = append(stale, fmt.Errorf("%s is stale: run go generate", out.path))
		} else if err := os.WriteFile(out.path, out.data, 0o644); err != nil {
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

// leftovers finds outputs of earlier runs in dir that are not among files. Files
// that somebody else generated are left alone.
func leftovers(dir string, files []file) ([]string, error) {
	made := map[string]bool{}
	for _, f := range files {
		made[f.path] = true
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var left []string
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		generated := strings.HasSuffix(path, "_gen.go") || strings.HasSuffix(path, "_gen_test.go")
		if !generated || made[path] {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		if bytes.HasPrefix(text, []byte(golang.Header)) {
			left = append(left, path)
		}
	}
	return left, nil
}
