package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// staging begins the names of files that are being written, here or by a run
// at the same time. The go command does not see such files.
const staging = ".codegen-"

// save writes files. Each is written under another name first and then takes its
// place, the last one foremost: the lock file is what the others follow from,
// and a run after an interrupted one can make them again.
func save(files []file) error {
	var staged []string
	defer func() {
		for _, name := range staged {
			_ = os.Remove(name) // gone already, unless something failed
		}
	}()
	for _, out := range files {
		name, err := stage(out)
		if err != nil {
			return fmt.Errorf("%s cannot be written: %w", out.path, err)
		}
		staged = append(staged, name)
	}
	for i := len(files) - 1; i >= 0; i-- {
		if err := os.Rename(staged[i], files[i].path); err != nil {
			return err
		}
	}
	return nil
}

// stage writes the content of a file beside its place and returns the name.
func stage(out file) (string, error) {
	dir, base := filepath.Split(out.path)
	if err := os.MkdirAll(filepath.Clean(dir), 0o755); err != nil {
		return "", err
	}
	f, err := os.CreateTemp(filepath.Clean(dir), staging+base+"-*")
	if err != nil {
		return "", err
	}
	_, err = f.Write(out.data)
	if close := f.Close(); err == nil {
		err = close
	}
	if err == nil {
		err = os.Chmod(f.Name(), 0o644)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // what is left of it; the first error counts
	}
	return f.Name(), err
}
