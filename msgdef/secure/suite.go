package secure

import (
	"crypto/aes"
	"crypto/cipher"
	"fmt"
	"slices"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/sim-im/sim/msgdef/codec"
)

// Version is the protocol version this package speaks.
const Version uint8 = 1

// Suite chooses the cryptography of a session. The client chooses it; a gate
// admits it or refuses.
type Suite uint8

// The suites of SIM/1, all with X25519, SHA-256 and 256-bit keys. AES-GCM is
// for machines with AES instructions, ChaCha20-Poly1305 for those without.
const (
	HybridAESGCM    Suite = 1 // with ML-KEM-768
	HybridChaCha    Suite = 2 // with ML-KEM-768
	ClassicalAESGCM Suite = 3
	ClassicalChaCha Suite = 4
)

// Codec chooses how the bodies of frames are encoded.
type Codec = codec.ID

// String returns a name for logs and metrics.
func (s Suite) String() string {
	switch s {
	case HybridAESGCM:
		return "hybrid-aesgcm"
	case HybridChaCha:
		return "hybrid-chacha"
	case ClassicalAESGCM:
		return "classical-aesgcm"
	case ClassicalChaCha:
		return "classical-chacha"
	}
	return fmt.Sprintf("suite(%d)", uint8(s))
}

// Hybrid tells whether a recording of the session resists a quantum computer.
func (s Suite) Hybrid() bool { return s == HybridAESGCM || s == HybridChaCha }

// hybrids are what is used and admitted unless somebody asks for more.
func hybrids() []Suite { return []Suite{HybridAESGCM, HybridChaCha} }

// known tells whether this package implements s.
func (s Suite) known() bool { return s >= HybridAESGCM && s <= ClassicalChaCha }

func (s Suite) chacha() bool { return s == HybridChaCha || s == ClassicalChaCha }

// strength orders suites for the downgrade check. The two ciphers are equal:
// which one runs faster is the client's business.
func (s Suite) strength() int {
	switch {
	case s.Hybrid():
		return 2
	case s.known():
		return 1
	}
	return 0
}

// aead returns the cipher of records under key, which is 32 bytes.
func (s Suite) aead(key []byte) (cipher.AEAD, error) {
	if !s.known() {
		return nil, fmt.Errorf("secure: unknown %v", s)
	}
	if s.chacha() {
		return chacha20poly1305.New(key)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// suiteBytes returns suites as they stand in Refusal and Login.
func suiteBytes(suites []Suite) []byte {
	b := make([]byte, len(suites))
	for i, s := range suites {
		b[i] = byte(s)
	}
	return b
}

// checkSuites returns an error unless suites are known, distinct and not none.
func checkSuites(suites []Suite) error {
	if len(suites) == 0 {
		return fmt.Errorf("secure: no suites")
	}
	for i, s := range suites {
		if !s.known() {
			return fmt.Errorf("secure: unknown %v", s)
		}
		if slices.Contains(suites[:i], s) {
			return fmt.Errorf("secure: %v listed twice", s)
		}
	}
	return nil
}
