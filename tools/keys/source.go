package keys

import (
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/sim-im/sim/msgdef/secure"
)

// Source returns the key that a gate should use now. A gate asks at its start
// and every hour, from one goroutine; the same key again means nothing changed.
type Source func() (*secure.GateKey, error)

// FromFile reads a gate's key at every call, so that who certifies gates only
// has to replace the file.
func FromFile(file string) Source {
	return func() (*secure.GateKey, error) {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		key, err := secure.ParseGateKey(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		return key, nil
	}
}

// FromRoot makes a key at the first call and before each one's end, certified
// by the root key in a file and kept nowhere. now may be nil for time.Now.
func FromRoot(file, name string, now func() time.Time) Source {
	if now == nil {
		now = time.Now
	}
	var last *secure.GateKey
	return func() (*secure.GateKey, error) {
		if last != nil && now().Add(Spare).Unix() < last.Body().NotAfter {
			return last, nil
		}
		root, err := ReadRoot(file)
		if err != nil {
			return nil, err
		}
		key, err := sign(rand.Reader, root, name, now())
		if err == nil {
			last = key
		}
		return key, err
	}
}

// sign makes a key that root certifies from now on.
func sign(rand io.Reader, root *secure.RootKey, name string, now time.Time) (*secure.GateKey, error) {
	t := Terms(now, Life, 0)
	return secure.NewGateKey(rand, root, name, t.NotBefore, t.NotAfter)
}
