// Package checkout finds the module's own source files, for tests that read
// them. It imports the standard library only.
package checkout

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Root returns the folder of the go.mod above the working folder. Under Bazel
// that file is a link among a test's data; it leads to the original, beside
// which is the whole module.
func Root() (string, error) {
	folder, err := os.Getwd()
	for err == nil {
		file, found := filepath.EvalSymlinks(filepath.Join(folder, "go.mod"))
		if found == nil {
			return filepath.Dir(file), nil
		}
		parent := filepath.Dir(folder)
		if !errors.Is(found, fs.ErrNotExist) || parent == folder {
			return "", found
		}
		folder = parent
	}
	return "", err
}

// Enter makes a folder of the module, relative to its root, the working folder:
// for a TestMain of tests that name files by where they lie. Under go test it
// changes nothing.
func Enter(folder string) error {
	root, err := Root()
	if err != nil {
		return err
	}
	return os.Chdir(filepath.Join(root, filepath.FromSlash(folder)))
}
