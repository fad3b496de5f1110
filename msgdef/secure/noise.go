package secure

import (
	"encoding/binary"

	"github.com/flynn/noise"
)

// noise returns the Noise functions of s.
func (s Suite) noise() noise.CipherSuite {
	return noise.NewCipherSuite(curve{}, ciphers{s}, noise.HashSHA256)
}

// ciphers are the AEADs of a handshake. It implements noise.CipherFunc.
type ciphers struct{ suite Suite }

// CipherName implements noise.CipherFunc.
func (c ciphers) CipherName() string {
	if c.suite.chacha() {
		return "ChaChaPoly"
	}
	return "AESGCM"
}

// Cipher implements noise.CipherFunc.
func (c ciphers) Cipher(key [32]byte) noise.Cipher { return &lazyCipher{c.suite, key} }

// lazyCipher is a noise.Cipher that is made when it is used. The two that Noise
// ends with never are, because records have keys of their own, and a key of
// AES-GCM takes 2 KiB and a microsecond to set up. The others are used once.
type lazyCipher struct {
	suite Suite
	key   [32]byte
}

// Encrypt implements noise.Cipher.
func (c *lazyCipher) Encrypt(out []byte, n uint64, ad, plaintext []byte) []byte {
	aead, err := c.suite.aead(c.key[:])
	if err != nil {
		panic("secure: noise: " + err.Error()) // the suite is known and the key has its length: cannot be
	}
	return aead.Seal(out, c.nonce(n), plaintext, ad)
}

// Decrypt implements noise.Cipher.
func (c *lazyCipher) Decrypt(out []byte, n uint64, ad, ciphertext []byte) ([]byte, error) {
	aead, err := c.suite.aead(c.key[:])
	if err != nil {
		return nil, err
	}
	return aead.Open(out, c.nonce(n), ciphertext, ad)
}

// nonce is 4 zero bytes and n, whose order of bytes Noise leaves to the cipher.
func (c *lazyCipher) nonce(n uint64) []byte {
	nonce := make([]byte, 4, 12)
	if c.suite.chacha() {
		return binary.LittleEndian.AppendUint64(nonce, n)
	}
	return binary.BigEndian.AppendUint64(nonce, n)
}
