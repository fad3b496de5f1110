package secure

import (
	"crypto/mlkem"
	"fmt"
	"io"
)

// newDecapsulationKey makes the client's ML-KEM-768 key of one handshake from
// 64 bytes of rand.
func newDecapsulationKey(rand io.Reader) (*mlkem.DecapsulationKey768, error) {
	var seed [mlkem.SeedSize]byte
	if _, err := io.ReadFull(rand, seed[:]); err != nil {
		return nil, fmt.Errorf("secure: randomness: %w", err)
	}
	defer clear(seed[:])
	return mlkem.NewDecapsulationKey768(seed[:])
}

// encapsulator makes a fresh secret for the owner of key. The standard library
// draws its randomness by itself and offers a chosen one to tests only.
type encapsulator func(key *mlkem.EncapsulationKey768) (shared, ciphertext []byte, err error)

func encapsulateRandom(key *mlkem.EncapsulationKey768) (shared, ciphertext []byte, err error) {
	shared, ciphertext = key.Encapsulate()
	return shared, ciphertext, nil
}

// encapsulate answers the client's key as suite demands: a hybrid suite has
// one, a classical suite has none and gets nothing.
func (e encapsulator) encapsulate(suite Suite, key []byte) (shared, ciphertext []byte, err error) {
	if !suite.Hybrid() {
		return nil, nil, absent(key)
	}
	parsed, err := mlkem.NewEncapsulationKey768(key)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: ML-KEM key: %w", ErrMalformed, err)
	}
	return e(parsed)
}

// decapsulate is the client's side of encapsulate; key is nil in a classical
// suite.
func decapsulate(key *mlkem.DecapsulationKey768, ciphertext []byte) (shared []byte, err error) {
	if key == nil {
		return nil, absent(ciphertext)
	}
	shared, err = key.Decapsulate(ciphertext)
	if err != nil {
		return nil, fmt.Errorf("%w: ML-KEM ciphertext: %w", ErrMalformed, err)
	}
	return shared, nil
}

func absent(b []byte) error {
	if len(b) != 0 {
		return fmt.Errorf("%w: ML-KEM in a classical suite", ErrMalformed)
	}
	return nil
}
