package dev

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef/secure"
)

func testKeys(t *testing.T, now *time.Time) keys {
	t.Helper()
	k := keys{folder: folder(filepath.Join(t.TempDir(), "data")), rand: rand.Reader, now: func() time.Time { return *now }}
	if err := k.folder.make(); err != nil {
		t.Fatal(err)
	}
	return k
}

func mustLoad(t *testing.T, k keys) (*secure.GateKey, *secure.Roots) {
	t.Helper()
	key, err := k.load()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(k.folder.roots())
	if err != nil {
		t.Fatal(err)
	}
	roots, err := secure.ParseRoots(text)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := roots.Verify(key.Certificate(), k.now()); err != nil {
		t.Fatalf("the roots do not accept the gate: %v", err)
	}
	return key, roots
}

// TestKeysLast makes keys once, keeps them, and renews the gate's in time.
func TestKeysLast(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	k := testKeys(t, &now)
	first, roots := mustLoad(t, k)
	for _, name := range []string{k.folder.rootKey(), k.folder.gateKey()} {
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", name, info.Mode(), err)
		}
	}
	now = now.Add(certificateLife - certificateSpare - time.Second)
	if again, _ := mustLoad(t, k); !bytes.Equal(again.Certificate(), first.Certificate()) {
		t.Error("renewed too early")
	}
	now = now.Add(2 * time.Second)
	renewed, after := mustLoad(t, k)
	if bytes.Equal(renewed.Certificate(), first.Certificate()) {
		t.Error("not renewed")
	}
	if !bytes.Equal(after.JSON(), roots.JSON()) {
		t.Error("the roots changed with the gate's key")
	}
	now = now.Add(365 * 24 * time.Hour)
	mustLoad(t, k) // a server that was off for a year
}

// TestKeysDamaged never replaces a root key, and repairs what follows from it.
func TestKeysDamaged(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	k := testKeys(t, &now)
	_, roots := mustLoad(t, k)
	for _, name := range []string{k.folder.gateKey(), k.folder.roots()} {
		if err := os.WriteFile(name, []byte("damaged"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, repaired := mustLoad(t, k); !bytes.Equal(repaired.JSON(), roots.JSON()) {
			t.Errorf("%s: other roots", name)
		}
	}
	if err := os.WriteFile(k.folder.rootKey(), []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := k.load()
	var wrong *FolderError
	if !errors.As(err, &wrong) || !strings.Contains(err.Error(), "root.key") {
		t.Errorf("a damaged root key gave %v", err)
	}
}

// TestKeysOtherRoots keeps roots that an operator added to.
func TestKeysOtherRoots(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	k := testKeys(t, &now)
	mustLoad(t, k)
	own, err := k.root()
	if err != nil {
		t.Fatal(err)
	}
	other, err := secure.NewRootKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	both, err := secure.NewRoots(other.Public(), own.Public())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(k.folder.roots(), both.JSON(), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, kept := mustLoad(t, k); !bytes.Equal(kept.JSON(), both.JSON()) {
		t.Error("the operator's roots are gone")
	}
}

// TestFolderErrors names the cause and the remedy.
func TestFolderErrors(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var wrong *FolderError
	if err := folder(file).make(); !errors.As(err, &wrong) || !strings.Contains(err.Error(), file) {
		t.Errorf("a file as the folder gave %v", err)
	}
	denied := folder("x").wrap(&fs.PathError{Op: "open", Path: "x", Err: fs.ErrPermission})
	if !errors.Is(denied, store.ErrReadOnly) || !strings.Contains(denied.Error(), "writable") {
		t.Errorf("no permission gave %v", denied)
	}
}
