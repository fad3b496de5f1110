package pebble_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	engine "github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/imservice/store/pebble"
)

func TestOptionsAreChecked(t *testing.T) {
	_, err := pebble.Open(pebble.Options{MemTableSize: 1, CacheSize: -1})
	for _, field := range []string{"Dir", "MemTableSize", "CacheSize"} {
		if err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("error does not name %s: %v", field, err)
		}
	}
}

func TestOpenFails(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		fs   vfs.FS
		dir  string
		want error
	}{
		"a file":       {nil, file, syscall.ENOTDIR},
		"below a file": {nil, filepath.Join(file, "dir"), syscall.ENOTDIR},
		"foreign":      {foreign(t), "data/store", store.ErrFormat},
		"newer format": {withFormat(t, []byte{0, 99}), "data/store", store.ErrFormat},
		"damaged":      {withFormat(t, []byte{1}), "data/store", store.ErrCorrupt},
		"no manifest":  {without(t, "marker.manifest"), "data/store", store.ErrCorrupt},
		"no table":     {without(t, ".sst"), "data/store", store.ErrCorrupt},
		"newer engine": {newerEngine(t), "data/store", store.ErrFormat},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := pebble.Open(pebble.Options{Dir: test.dir, FS: test.fs})
			if !errors.Is(err, test.want) {
				t.Fatalf("error is %v, want %v", err, test.want)
			}
			if s != nil {
				t.Fatal("a store came with the error")
			}
			t.Log(err)
		})
	}
}

// foreign is a folder of another program on the same engine.
func foreign(t *testing.T) vfs.FS { return rows(t, "somebody", "else's") }

func withFormat(t *testing.T, version []byte) vfs.FS {
	return rows(t, "\x00format", string(version))
}

func rows(t *testing.T, key, value string) vfs.FS {
	mem := vfs.NewMem()
	db, err := engine.Open("data/store", &engine.Options{FS: mem, Logger: quiet{}})
	must(t, err)
	must(t, db.Set([]byte(key), []byte(value), engine.Sync))
	must(t, db.Close())
	return mem
}

// without is a folder of a store in which files have been deleted.
func without(t *testing.T, part string) vfs.FS {
	p := newPlace(t)
	fill(t, p, 200)
	names, err := p.mem.List("data/store")
	must(t, err)
	removed := 0
	for _, name := range names {
		if strings.Contains(name, part) {
			must(t, p.mem.Remove("data/store/"+name))
			removed++
		}
	}
	if removed == 0 {
		t.Fatalf("no file %s among %v", part, names)
	}
	return p.mem
}

func newerEngine(t *testing.T) vfs.FS {
	p := newPlace(t)
	fill(t, p, 1)
	names, err := p.mem.List("data/store")
	must(t, err)
	for _, name := range names {
		if strings.HasPrefix(name, "marker.format-version.") {
			parts := strings.Split(name, ".")
			must(t, p.mem.Rename("data/store/"+name, "data/store/marker.format-version."+parts[2]+".999"))
		}
	}
	return p.mem
}

func TestInUseByAnotherProcess(t *testing.T) {
	if dir := os.Getenv("PEBBLE_TEST_DIR"); dir != "" {
		_, err := pebble.Open(pebble.Options{Dir: dir})
		if !errors.Is(err, store.ErrInUse) {
			t.Fatalf("error is %v, want %v", err, store.ErrInUse)
		}
		return
	}
	dir := t.TempDir()
	s, err := pebble.Open(pebble.Options{Dir: dir})
	must(t, err)
	defer s.Close()
	child := exec.Command(os.Args[0], "-test.run=^TestInUseByAnotherProcess$")
	child.Env = append(os.Environ(), "PEBBLE_TEST_DIR="+dir)
	if out, err := child.CombinedOutput(); err != nil {
		t.Fatalf("the other process: %v\n%s", err, out)
	}
}

func TestNamesTheFolderInErrors(t *testing.T) {
	dir := t.TempDir()
	s, err := pebble.Open(pebble.Options{Dir: dir})
	must(t, err)
	defer s.Close()
	_, err = pebble.Open(pebble.Options{Dir: dir})
	if err == nil || !strings.Contains(err.Error(), dir) {
		t.Fatalf("error does not name %s: %v", dir, err)
	}
}

func TestFolderIsForTheOwnerAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "store")
	s, err := pebble.Open(pebble.Options{Dir: dir})
	must(t, err)
	defer s.Close()
	info, err := os.Stat(dir)
	must(t, err)
	if info.Mode().Perm() != 0o700 {
		t.Fatalf("mode is %v", info.Mode())
	}
}
