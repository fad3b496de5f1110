package secure

import (
	"crypto/ed25519"
	"fmt"
	"io"

	"github.com/sim-im/sim/msgdef"
)

// rootKeyPrefix begins the text of a root key; the rest is the base64 of its
// 32-byte seed.
const rootKeyPrefix = "sim-root-key-v1 "

// RootKey signs certificates of gates. In production it stays offline.
type RootKey struct {
	key ed25519.PrivateKey
}

// NewRootKey draws 32 bytes from rand.
func NewRootKey(rand io.Reader) (*RootKey, error) {
	seed := make([]byte, ed25519.SeedSize)
	if _, err := io.ReadFull(rand, seed); err != nil {
		return nil, fmt.Errorf("secure: randomness: %w", err)
	}
	return &RootKey{ed25519.NewKeyFromSeed(seed)}, nil
}

// ParseRootKey reads what Encode wrote.
func ParseRootKey(text []byte) (*RootKey, error) {
	seed, err := parseLine("root key", rootKeyPrefix, text)
	if err != nil {
		return nil, err
	}
	if len(seed) != ed25519.SeedSize {
		return nil, fmt.Errorf("secure: damaged root key: %d bytes, want %d", len(seed), ed25519.SeedSize)
	}
	return &RootKey{ed25519.NewKeyFromSeed(seed)}, nil
}

// Encode returns the key as a line of text. It is secret: the file it goes to
// has mode 0600.
func (k *RootKey) Encode() []byte { return line(rootKeyPrefix, k.key.Seed()) }

// String names the key without telling it.
func (k *RootKey) String() string {
	return fmt.Sprintf("root key %x", rootID(k.Public()))
}

// Public returns what clients pin, see NewRoots.
func (k *RootKey) Public() ed25519.PublicKey {
	return k.key.Public().(ed25519.PublicKey)
}

// Certify returns the encoded certificate of body, signed. The caller keeps
// the limits of body's fields, see its Validate.
func (k *RootKey) Certify(body msgdef.CertificateBody) []byte {
	encoded := body.Append(nil)
	c := msgdef.Certificate{Body: encoded, Root: rootID(k.Public())}
	c.Signature = [64]byte(ed25519.Sign(k.key, signedBytes(encoded)))
	return c.Append(nil)
}
