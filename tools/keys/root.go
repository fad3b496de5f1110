package keys

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"time"

	"github.com/sim-im/sim/msgdef/secure"
)

// NewRoot makes a root key in a file that does not exist yet.
func NewRoot(file string, rand io.Reader) (*secure.RootKey, error) {
	root, err := secure.NewRootKey(rand)
	if err != nil {
		return nil, err
	}
	return root, create(file, root.Encode(), 0o600)
}

// ReadPrivateRoot is ReadRoot where the key is used offline: a file that others
// can read is an error, because then they may have signed certificates too.
func ReadPrivateRoot(file string) (*secure.RootKey, error) {
	if err := private(file); err != nil {
		return nil, err
	}
	return ReadRoot(file)
}

// private returns an error when others can read a file, where files have modes.
func private(file string) error {
	info, err := os.Stat(file)
	if err != nil || runtime.GOOS == "windows" {
		return err
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return fmt.Errorf("%s: others can read it (mode %04o): chmod 600 %s", file, mode, file)
	}
	return nil
}

// Terms returns what a certificate that begins now holds under: for life, and
// an hour earlier than now, for clients that are behind. version is the lowest
// that clients may speak.
func Terms(now time.Time, life time.Duration, version uint8) secure.Terms {
	return secure.Terms{NotBefore: now.Add(-clockSkew), NotAfter: now.Add(life), MinVersion: version}
}

// ReadRoots reads a file of roots.
func ReadRoots(file string) (*secure.Roots, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	roots, err := secure.ParseRoots(text)
	return roots, in(file, err)
}

// Trust adds a root to a file of roots, which is made when it is missing.
func Trust(file string, root *secure.RootKey) error {
	var list []secure.Root
	roots, err := ReadRoots(file)
	switch {
	case err == nil:
		list = roots.List()
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	return WriteRoots(file, append(list, secure.Root{Key: root.Public()}))
}

// WriteRoots replaces a file of roots.
func WriteRoots(file string, list []secure.Root) error {
	roots, err := secure.RootsOf(list)
	if err != nil {
		return in(file, err)
	}
	return write(file, roots.JSON(), 0o644)
}

// Revoke raises the least serial of the root of a name in a list to serial. It
// never lowers one: raised is false when it was as high already.
func Revoke(list []secure.Root, name string, serial uint64) (raised bool, err error) {
	i := slices.IndexFunc(list, func(r secure.Root) bool { return secure.RootName(r.Key) == name })
	if i < 0 {
		return false, fmt.Errorf("root %s is not trusted: nothing of it has to be revoked", name)
	}
	if list[i].MinSerial >= serial {
		return false, nil
	}
	list[i].MinSerial = serial
	return true, nil
}
