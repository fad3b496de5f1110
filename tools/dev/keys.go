package dev

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/sim-im/sim/msgdef/secure"
)

// A gate certificate holds for four weeks and is renewed for its last ten
// days, so that a server that is started once a week never runs out.
const (
	certificateLife  = 28 * 24 * time.Hour
	certificateSpare = 10 * 24 * time.Hour
	clockSkew        = time.Hour // of clients that are behind
)

// keys makes and keeps the keys of a server. The store's lock keeps other
// processes out of the folder.
type keys struct {
	folder folder
	rand   io.Reader
	now    func() time.Time
}

// load returns the gate's key, made or renewed when necessary, and writes the
// roots that clients need.
func (k keys) load() (*secure.GateKey, error) {
	root, err := k.root()
	if err != nil {
		return nil, err
	}
	roots, err := k.roots(root)
	if err != nil {
		return nil, err
	}
	return k.gate(root, roots)
}

// root reads the root key, or makes it at the first start. A damaged one is an
// error: replacing it would lock every client out.
func (k keys) root() (*secure.RootKey, error) {
	text, err := os.ReadFile(k.folder.rootKey())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return k.newRoot()
	case err != nil:
		return nil, k.folder.wrap(err)
	}
	root, err := secure.ParseRootKey(text)
	if err != nil {
		return nil, k.folder.wrap(fmt.Errorf("keys/root.key: %w", err))
	}
	return root, nil
}

func (k keys) newRoot() (*secure.RootKey, error) {
	root, err := secure.NewRootKey(k.rand)
	if err != nil {
		return nil, err
	}
	return root, k.folder.write(k.folder.rootKey(), root.Encode(), 0o600)
}

// roots reads the roots, which may hold more than the own one and revocations,
// and writes them when they are missing or do not hold the own one.
func (k keys) roots(root *secure.RootKey) (*secure.Roots, error) {
	own, err := secure.NewRoots(root.Public())
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(k.folder.roots())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, k.folder.wrap(err)
	}
	if err == nil {
		roots, err := secure.ParseRoots(text)
		if err == nil && k.trusted(root, roots) {
			return roots, nil
		}
	}
	return own, k.folder.write(k.folder.roots(), own.JSON(), 0o644)
}

// trusted reports whether roots accept what root signs.
func (k keys) trusted(root *secure.RootKey, roots *secure.Roots) bool {
	sample, err := secure.NewGateKey(k.rand, root, "sample", k.now().Add(-clockSkew), k.now().Add(clockSkew))
	if err != nil {
		return false
	}
	_, err = roots.Verify(sample.Certificate(), k.now())
	return err == nil
}

// gate reads the gate's key, or makes one when it is missing, damaged, not
// certified by the root, or near its end.
func (k keys) gate(root *secure.RootKey, roots *secure.Roots) (*secure.GateKey, error) {
	text, err := os.ReadFile(k.folder.gateKey())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, k.folder.wrap(err)
	}
	if err == nil {
		key, err := secure.ParseGateKey(text)
		if err == nil && k.lasting(key, roots) {
			return key, nil
		}
	}
	from, to := k.now().Add(-clockSkew), k.now().Add(certificateLife)
	key, err := secure.NewGateKey(k.rand, root, "dev", from, to)
	if err != nil {
		return nil, err
	}
	return key, k.folder.write(k.folder.gateKey(), key.Encode(), 0o600)
}

func (k keys) lasting(key *secure.GateKey, roots *secure.Roots) bool {
	_, now := roots.Verify(key.Certificate(), k.now())
	_, later := roots.Verify(key.Certificate(), k.now().Add(certificateSpare))
	return now == nil && later == nil
}
