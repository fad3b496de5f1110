package keys

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/sim-im/sim/msgdef/secure"
)

// A gate certificate holds for four weeks and is renewed for its last ten
// days, so that a server that is started once a week never runs out.
const (
	Life  = 28 * 24 * time.Hour
	Spare = 10 * 24 * time.Hour

	clockSkew = time.Hour // of clients that are behind
)

// Folder is where the keys of an installation are. One process makes them; who
// could be two holds a lock of its own.
type Folder struct {
	Dir  string           // made by Make
	Rand io.Reader        // nil means crypto/rand
	Now  func() time.Time // nil means time.Now
}

func (f Folder) withDefaults() Folder {
	if f.Rand == nil {
		f.Rand = rand.Reader
	}
	if f.Now == nil {
		f.Now = time.Now
	}
	return f
}

// RootsFile returns the path of what clients pin.
func (f Folder) RootsFile() string { return filepath.Join(f.Dir, "roots.json") }

// RootKeyFile returns the path of what certifies gates.
func (f Folder) RootKeyFile() string { return filepath.Join(f.Dir, "keys", "root.key") }

// GateKeyFile returns the path of the key of a single gate.
func (f Folder) GateKeyFile() string { return filepath.Join(f.Dir, "keys", "gate.key") }

// TicketKeysFile returns the path of the keys that seal tickets.
func (f Folder) TicketKeysFile() string { return filepath.Join(f.Dir, "keys", "tickets.key") }

// Make creates the folder.
func (f Folder) Make() error { return os.MkdirAll(filepath.Join(f.Dir, "keys"), 0o700) }

// Root returns the root key and the roots, both made and written when they are
// missing. A damaged root key is an error: replacing it would lock every client
// out. Roots may hold more than the own one, and revocations; they are written
// anew when they do not hold the own one.
func (f Folder) Root() (*secure.RootKey, *secure.Roots, error) {
	f = f.withDefaults()
	root, err := ReadRoot(f.RootKeyFile())
	if errors.Is(err, fs.ErrNotExist) {
		root, err = f.newRoot()
	}
	if err != nil {
		return nil, nil, err
	}
	roots, err := f.roots(root)
	return root, roots, err
}

// ReadRoot reads a root key.
func ReadRoot(file string) (*secure.RootKey, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	root, err := secure.ParseRootKey(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return root, nil
}

func (f Folder) newRoot() (*secure.RootKey, error) {
	root, err := secure.NewRootKey(f.Rand)
	if err != nil {
		return nil, err
	}
	return root, write(f.RootKeyFile(), root.Encode(), 0o600)
}

func (f Folder) roots(root *secure.RootKey) (*secure.Roots, error) {
	own, err := secure.NewRoots(root.Public())
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(f.RootsFile())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err == nil {
		roots, err := secure.ParseRoots(text)
		if err == nil && f.trusted(root, roots) {
			return roots, nil
		}
	}
	return own, write(f.RootsFile(), own.JSON(), 0o644)
}

// trusted reports whether roots accept what root signs.
func (f Folder) trusted(root *secure.RootKey, roots *secure.Roots) bool {
	sample, err := secure.NewGateKey(f.Rand, root, "sample", f.Now().Add(-clockSkew), f.Now().Add(clockSkew))
	if err != nil {
		return false
	}
	_, err = roots.Verify(sample.Certificate(), f.Now())
	return err == nil
}

// GateKey returns the key of a single gate. It is made when it is missing,
// damaged, not certified by the root, or near its end.
func (f Folder) GateKey(name string) (*secure.GateKey, error) {
	f = f.withDefaults()
	root, roots, err := f.Root()
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(f.GateKeyFile())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err == nil {
		key, err := secure.ParseGateKey(text)
		if err == nil && f.lasting(key, roots) {
			return key, nil
		}
	}
	key, err := sign(f.Rand, root, name, f.Now())
	if err != nil {
		return nil, err
	}
	return key, write(f.GateKeyFile(), key.Encode(), 0o600)
}

func (f Folder) lasting(key *secure.GateKey, roots *secure.Roots) bool {
	_, now := roots.Verify(key.Certificate(), f.Now())
	_, later := roots.Verify(key.Certificate(), f.Now().Add(Spare))
	return now == nil && later == nil
}
