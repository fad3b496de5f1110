package secure

import (
	"errors"
	"io"

	"github.com/cloudflare/circl/dh/x25519"
	"github.com/flynn/noise"
)

// keyPair is an X25519 key. Making one takes a third, and an agreement four
// fifths, of what they take in the standard library, which has no table for the
// base point.
type keyPair struct {
	private, public x25519.Key
}

// newKeyPair takes 32 bytes, of which any are a key.
func newKeyPair(raw []byte) (pair keyPair, err error) {
	if len(raw) != x25519.Size {
		return keyPair{}, errKeySize
	}
	copy(pair.private[:], raw)
	x25519.KeyGen(&pair.public, &pair.private)
	return pair, nil
}

func generateKeyPair(rand io.Reader) (keyPair, error) {
	var raw x25519.Key
	if _, err := io.ReadFull(rand, raw[:]); err != nil {
		return keyPair{}, err
	}
	return newKeyPair(raw[:])
}

// noise aliases the key.
func (k *keyPair) noise() noise.DHKey {
	return noise.DHKey{Private: k.private[:], Public: k.public[:]}
}

var (
	errKeySize  = errors.New("an X25519 key is 32 bytes")
	errLowOrder = errors.New("an X25519 key of low order")
)

// curve is X25519 as Noise wants it: a noise.DHFunc.
type curve struct{}

// GenerateKeypair implements noise.DHFunc. It takes 32 bytes of random.
func (curve) GenerateKeypair(random io.Reader) (noise.DHKey, error) {
	pair, err := generateKeyPair(random)
	if err != nil {
		return noise.DHKey{}, err
	}
	return pair.noise(), nil
}

// DH implements noise.DHFunc. A peer's key of low order is an error.
func (curve) DH(private, public []byte) ([]byte, error) {
	if len(private) != x25519.Size || len(public) != x25519.Size {
		return nil, errKeySize
	}
	var shared x25519.Key
	if !x25519.Shared(&shared, (*x25519.Key)(private), (*x25519.Key)(public)) {
		return nil, errLowOrder
	}
	return shared[:], nil
}

// DHLen implements noise.DHFunc.
func (curve) DHLen() int { return x25519.Size }

// DHName implements noise.DHFunc.
func (curve) DHName() string { return "25519" }
