package secure

import (
	"crypto/ecdh"
	"io"

	"github.com/flynn/noise"
)

// keyPair is an X25519 key both as bytes, which Noise wants, and parsed. The
// library's own X25519 takes bytes and derives the public key again on every
// use, which doubles the cost of a handshake.
type keyPair struct {
	raw    []byte // 32 bytes
	public []byte // 32 bytes
	parsed *ecdh.PrivateKey
}

func newKeyPair(raw []byte) (keyPair, error) {
	parsed, err := ecdh.X25519().NewPrivateKey(raw)
	if err != nil {
		return keyPair{}, err
	}
	return keyPair{raw: raw, public: parsed.PublicKey().Bytes(), parsed: parsed}, nil
}

func generateKeyPair(rand io.Reader) (keyPair, error) {
	raw := make([]byte, 32)
	if _, err := io.ReadFull(rand, raw); err != nil {
		return keyPair{}, err
	}
	return newKeyPair(raw)
}

func (k keyPair) noise() noise.DHKey {
	return noise.DHKey{Private: k.raw, Public: k.public}
}

// curve is the X25519 of one handshake: a noise.DHFunc over crypto/ecdh that
// remembers the parsed keys of its handshake.
type curve struct {
	static    keyPair // zero for a client
	ephemeral keyPair
}

// GenerateKeypair implements noise.DHFunc. It takes 32 bytes of random.
func (c *curve) GenerateKeypair(random io.Reader) (noise.DHKey, error) {
	pair, err := generateKeyPair(random)
	if err != nil {
		return noise.DHKey{}, err
	}
	c.ephemeral = pair
	return pair.noise(), nil
}

// DH implements noise.DHFunc. A peer's key of low order is an error.
func (c *curve) DH(private, public []byte) ([]byte, error) {
	key, err := c.parsed(private)
	if err != nil {
		return nil, err
	}
	peer, err := ecdh.X25519().NewPublicKey(public)
	if err != nil {
		return nil, err
	}
	return key.ECDH(peer)
}

// parsed finds the parsed form of a key by the identity of its bytes, so that
// no secret is compared.
func (c *curve) parsed(private []byte) (*ecdh.PrivateKey, error) {
	for _, pair := range []keyPair{c.static, c.ephemeral} {
		if len(pair.raw) == len(private) && len(private) > 0 && &pair.raw[0] == &private[0] {
			return pair.parsed, nil
		}
	}
	return ecdh.X25519().NewPrivateKey(private)
}

// DHLen implements noise.DHFunc.
func (*curve) DHLen() int { return 32 }

// DHName implements noise.DHFunc.
func (*curve) DHName() string { return "25519" }
