package keys

import (
	"bytes"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef/secure"
)

func testFolder(t *testing.T, now *time.Time) Folder {
	t.Helper()
	k := Folder{Dir: filepath.Join(t.TempDir(), "data"), Now: func() time.Time { return *now }}
	if err := k.Make(); err != nil {
		t.Fatal(err)
	}
	return k
}

func mustLoad(t *testing.T, k Folder) (*secure.GateKey, *secure.Roots) {
	t.Helper()
	key, err := k.GateKey("gate")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(k.RootsFile())
	if err != nil {
		t.Fatal(err)
	}
	roots, err := secure.ParseRoots(text)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := roots.Verify(key.Certificate(), k.Now()); err != nil {
		t.Fatalf("the roots do not accept the gate: %v", err)
	}
	return key, roots
}

// TestKeysLast makes keys once, keeps them, and renews the gate's in time.
func TestKeysLast(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	k := testFolder(t, &now)
	first, roots := mustLoad(t, k)
	for _, name := range []string{k.RootKeyFile(), k.GateKeyFile()} {
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", name, info.Mode(), err)
		}
	}
	now = now.Add(Life - Spare - time.Second)
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
	k := testFolder(t, &now)
	_, roots := mustLoad(t, k)
	for _, name := range []string{k.GateKeyFile(), k.RootsFile()} {
		if err := os.WriteFile(name, []byte("damaged"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, repaired := mustLoad(t, k); !bytes.Equal(repaired.JSON(), roots.JSON()) {
			t.Errorf("%s: other roots", name)
		}
	}
	if err := os.WriteFile(k.RootKeyFile(), []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := k.GateKey("gate")
	if err == nil || !strings.Contains(err.Error(), "root.key") {
		t.Errorf("a damaged root key gave %v", err)
	}
}

// TestKeysOtherRoots keeps roots that an operator added to.
func TestKeysOtherRoots(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	k := testFolder(t, &now)
	mustLoad(t, k)
	own, _, err := k.Root()
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
	if err := os.WriteFile(k.RootsFile(), both.JSON(), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, kept := mustLoad(t, k); !bytes.Equal(kept.JSON(), both.JSON()) {
		t.Error("the operator's roots are gone")
	}
}

// TestFromRoot signs anew before the end, and only then.
func TestFromRoot(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	k := testFolder(t, &now)
	_, roots, err := k.Root()
	if err != nil {
		t.Fatal(err)
	}
	source := FromRoot(k.RootKeyFile(), "g1", k.Now)
	next := func() *secure.GateKey {
		key, err := source()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := roots.Verify(key.Certificate(), now); err != nil {
			t.Errorf("not accepted: %v", err)
		}
		return key
	}
	first := next()
	now = now.Add(Life - Spare - time.Second)
	if next() != first {
		t.Error("renewed too early")
	}
	now = now.Add(2 * time.Second)
	if next() == first {
		t.Error("not renewed")
	}
	if _, err := FromRoot(k.RootKeyFile()+"x", "g1", nil)(); err == nil {
		t.Error("no root key is no error")
	}
}

// TestFromFile reads the file as it is now.
func TestFromFile(t *testing.T) {
	now := time.Now()
	k := testFolder(t, &now)
	want, err := k.GateKey("g1")
	if err != nil {
		t.Fatal(err)
	}
	source := FromFile(k.GateKeyFile())
	if got, err := source(); err != nil || !bytes.Equal(got.Certificate(), want.Certificate()) {
		t.Errorf("%v", err)
	}
	if err := os.WriteFile(k.GateKeyFile(), []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := source(); err == nil || !strings.Contains(err.Error(), "gate.key") {
		t.Errorf("a damaged file gave %v", err)
	}
}
