package disk_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/sim-im/sim/imservice/media"
	"github.com/sim-im/sim/imservice/media/disk"
	"github.com/sim-im/sim/imservice/media/mediatest"
)

func open(t *testing.T, dir string) *disk.Store {
	t.Helper()
	s, err := disk.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSuite(t *testing.T) {
	dir := t.TempDir()
	mediatest.Run(t, func(t *testing.T) media.Store { return open(t, dir) })
}

// TestLeftovers removes what was left half put long ago, and nothing else.
func TestLeftovers(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	if err := s.Put(t.Context(), "aa-kept", mediatest.File(t, []byte("kept"))); err != nil {
		t.Fatal(err)
	}
	old, fresh := filepath.Join(dir, "aa", "aa-old.part"), filepath.Join(dir, "aa", "aa-new.part")
	for _, path := range []string{old, fresh} {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	before := time.Now().Add(-2 * time.Hour)
	if err := os.Chtimes(old, before, before); err != nil {
		t.Fatal(err)
	}
	open(t, dir)
	_, errOld := os.Stat(old)
	_, errFresh := os.Stat(fresh)
	if !errors.Is(errOld, os.ErrNotExist) || errFresh != nil {
		t.Errorf("old: %v, new: %v", errOld, errFresh)
	}
}

// TestCopied puts a file that cannot be linked, because it has no name any more.
func TestCopied(t *testing.T) {
	s, file := open(t, t.TempDir()), mediatest.File(t, []byte("content"))
	if _, err := file.Seek(0, 2); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(file.Name()); err != nil {
		t.Fatal(err)
	}
	if err := s.Put(t.Context(), "aa-copy", file); err != nil {
		t.Fatal(err)
	}
	c, err := s.Open(t.Context(), "aa-copy")
	if err != nil || c.Size() != 7 {
		t.Fatalf("%v, %v", c, err)
	}
	c.Close()
}

// TestNames keeps what is no name of media out of other folders.
func TestNames(t *testing.T) {
	s := open(t, t.TempDir())
	for _, name := range []string{"", "a", "../../etc/passwd", "..", `aa\b`, "/etc/passwd", ".aa"} {
		if _, err := s.Open(t.Context(), name); !errors.Is(err, media.ErrNotFound) {
			t.Errorf("%q: %v", name, err)
		}
		if err := s.Put(t.Context(), name, mediatest.File(t, nil)); err == nil {
			t.Errorf("%q was put", name)
		}
	}
}
