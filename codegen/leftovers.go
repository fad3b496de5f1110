package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/sim-im/sim/codegen/backend"
)

// leftovers finds outputs of earlier runs that are not among files: in dir
// itself, and anywhere below the folders inside it that files are in. Files that
// somebody else generated, or wrote, are left alone, and links are not followed.
func leftovers(dir string, files []file) ([]string, error) {
	made, roots := map[string]bool{}, map[string]bool{}
	for _, f := range files {
		if below, err := filepath.Rel(dir, f.path); err == nil && filepath.IsLocal(below) {
			below = filepath.ToSlash(below)
			made[below] = true
			top, _, _ := strings.Cut(below, "/")
			roots[top] = true
		}
	}
	var left []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(below string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return fmt.Errorf("in %s: %w", dir, err)
		case entry.IsDir() && below != "." && (built(entry.Name()) || path.Dir(below) == "." && !roots[below]):
			return fs.SkipDir
		case !entry.Type().IsRegular() || made[below] || strings.HasPrefix(entry.Name(), staging):
			return nil
		}
		file := filepath.Join(dir, filepath.FromSlash(below))
		ours, err := begins(file, backend.Header)
		if ours {
			left = append(left, file)
		}
		return err
	})
	return left, err
}

// built tells whether a folder has what compilers made, which may keep the first
// comment of a source, and what was installed.
func built(folder string) bool { return folder == "dist" || folder == "node_modules" }

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
