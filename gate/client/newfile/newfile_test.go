package newfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// names lists a folder.
func names(t *testing.T, folder string) (list []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

// TestFile has a file be there when it is kept, alone, and only then.
func TestFile(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "a.jsonl")
	f, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(path); err == nil {
		t.Error("there before it is whole")
	}
	if _, err := f.WriteString("all of it"); err != nil {
		t.Fatal(err)
	}
	if err := f.Keep(); err != nil {
		t.Fatal(err)
	}
	f.Drop()
	text, err := os.ReadFile(path)
	if list := names(t, folder); err != nil || string(text) != "all of it" || len(list) != 1 {
		t.Errorf("%q, %v: %v", text, list, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if _, err := Create(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second one: %v", err)
	}
}

// TestNothingIsOverwritten has somebody else be faster.
func TestNothingIsOverwritten(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "b")
	f, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("another's"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.Keep(); !errors.Is(err, fs.ErrExist) {
		t.Errorf("kept: %v", err)
	}
	if text, _ := os.ReadFile(path); string(text) != "another's" || len(names(t, folder)) != 1 {
		t.Errorf("%q in %v", text, names(t, folder))
	}
}

// TestDrop leaves nothing, nor does what cannot begin.
func TestDrop(t *testing.T) {
	folder := t.TempDir()
	f, err := Create(filepath.Join(folder, "c"))
	if err != nil {
		t.Fatal(err)
	}
	f.Drop()
	f.Drop()
	if list := names(t, folder); len(list) != 0 {
		t.Errorf("left: %v", list)
	}
	if _, err := Create(filepath.Join(folder, "no folder", "d")); err == nil {
		t.Error("in a folder that there is not")
	}
}
