package keys

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/sim-im/sim/msgdef/secure"
)

// GateFile is where a gate's own key is. Its private half never leaves the
// machine; what a root signs is made of it, and comes back:
//
//	FILE        in use, with its certificate
//	FILE.next   keys that wait for theirs
//
//	Request ─▶ FILE.next, and the request for who has the root key
//	Install ─▶ FILE.next with its certificate becomes FILE
type GateFile struct {
	File string
	Rand io.Reader        // nil means crypto/rand
	Now  func() time.Time // nil means time.Now
}

// Next returns the path of the keys that wait.
func (g GateFile) Next() string { return g.File + ".next" }

// Request makes keys that wait, and asks for their certificate. When some wait
// already it asks for theirs again: made is false.
func (g GateFile) Request(name string) (r *secure.Request, made bool, err error) {
	waiting, err := g.waiting()
	if errors.Is(err, fs.ErrNotExist) {
		made = true
		waiting, err = secure.NewPendingKey(or(g.Rand, rand.Reader))
	}
	if err != nil {
		return nil, false, err
	}
	if r, err = waiting.Request(name); err == nil && made {
		err = create(g.Next(), waiting.Encode(), 0o600)
	}
	return r, made, err
}

func (g GateFile) waiting() (*secure.PendingKey, error) {
	text, err := os.ReadFile(g.Next())
	if err != nil {
		return nil, err
	}
	key, err := secure.ParsePendingKey(text)
	return key, in(g.Next(), err)
}

// Install puts the keys that wait and their certificate, a line of text, into
// FILE. Nothing changes unless clients with these roots will accept it now, and
// it is newer than what it replaces.
func (g GateFile) Install(certificate []byte, roots *secure.Roots) (*secure.GateKey, error) {
	waiting, err := g.waiting()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: no keys wait for a certificate; a request makes them", g.Next())
	}
	if err != nil {
		return nil, err
	}
	encoded, err := secure.ParseCertificateText(certificate)
	if err != nil {
		return nil, err
	}
	key, err := waiting.Certified(encoded)
	if errors.Is(err, secure.ErrOtherKey) {
		err = fmt.Errorf("it is not for the keys in %s, but for others, perhaps of another gate or an earlier request", g.Next())
	}
	if err == nil {
		_, err = roots.Verify(encoded, g.now())
	}
	if err = errors.Join(err, g.newer(key)); err != nil {
		return nil, err
	}
	if err := write(g.File, key.Encode(), 0o600); err != nil {
		return nil, err
	}
	return key, os.Remove(g.Next())
}

// newer holds a key against the one that it replaces. Of that one only the
// serial counts: it may have ended, or be damaged.
func (g GateFile) newer(key *secure.GateKey) error {
	old, err := FromFile(g.File)()
	if err == nil && key != nil && old.Body().Serial >= key.Body().Serial {
		return fmt.Errorf("its serial %d is not above %d, which is in %s: it is older", key.Body().Serial, old.Body().Serial, g.File)
	}
	return nil
}

func (g GateFile) now() time.Time {
	if g.Now != nil {
		return g.Now()
	}
	return time.Now()
}

// in says which file an error is about.
func in(file string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", file, err)
}

func or(r, standard io.Reader) io.Reader {
	if r != nil {
		return r
	}
	return standard
}
