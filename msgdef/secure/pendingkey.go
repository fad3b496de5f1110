package secure

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/sim-im/sim/msgdef"
)

// PendingKey is a gate's keys without a certificate. They are made where the
// gate runs and never leave it; what a root signs is a Request.
//
//	gate                                   where the root key is
//	NewPendingKey ─▶ Request ───────────▶ ParseRequest
//	Certified     ◀──────── certificate ◀─ RootKey.Sign
type PendingKey struct{ gateSecrets }

// gateSecrets are what a gate keeps to itself.
type gateSecrets struct {
	pair keyPair
	tls  ed25519.PrivateKey
}

// NewPendingKey draws 32 bytes for Noise and 32 for TLS from rand.
func NewPendingKey(rand io.Reader) (*PendingKey, error) {
	seed := make([]byte, ed25519.SeedSize)
	pair, err := generateKeyPair(rand)
	if err == nil {
		_, err = io.ReadFull(rand, seed)
	}
	if err != nil {
		return nil, fmt.Errorf("secure: randomness: %w", err)
	}
	return &PendingKey{gateSecrets{pair, ed25519.NewKeyFromSeed(seed)}}, nil
}

// ErrNoCertificate is about a file of keys that wait for their certificate.
var ErrNoCertificate = errors.New("no certificate: a root has not signed these keys yet")

// ParsePendingKey reads what Encode wrote. It also reads the file of a GateKey,
// whose keys can be certified again.
func ParsePendingKey(text []byte) (*PendingKey, error) {
	k, _, err := parseGateFile(text)
	return k, err
}

// parseGateFile reads a file of keys, with or without a certificate.
func parseGateFile(text []byte) (*PendingKey, []byte, error) {
	var file gateKeyFile
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, nil, fmt.Errorf("secure: gate key: %w", err)
	}
	if len(file.TLSKey) == 0 {
		return nil, nil, fmt.Errorf("secure: gate key: %w", ErrOldGateKey)
	}
	if len(file.TLSKey) != ed25519.SeedSize {
		return nil, nil, fmt.Errorf("secure: gate key: tls_key of %d bytes, want %d", len(file.TLSKey), ed25519.SeedSize)
	}
	pair, err := newKeyPair(file.Key)
	if err != nil {
		return nil, nil, fmt.Errorf("secure: gate key: %w", err)
	}
	return &PendingKey{gateSecrets{pair, ed25519.NewKeyFromSeed(file.TLSKey)}}, file.Certificate, nil
}

// Encode returns the keys as JSON text, that of a gate key without its
// certificate. It is secret: the file it goes to has mode 0600.
func (k *PendingKey) Encode() []byte { return k.encode(nil) }

func (k *gateSecrets) encode(certificate []byte) []byte {
	text, err := json.MarshalIndent(gateKeyFile{k.pair.private[:], k.tls.Seed(), certificate}, "", "  ")
	if err != nil {
		panic("secure: gate key: " + err.Error()) // bytes: cannot be
	}
	return append(text, '\n')
}

// Request asks for a certificate under name, 1 to 64 bytes.
func (k *PendingKey) Request(name string) (*Request, error) {
	r := &Request{Key: k.pair.public, TLSKey: [32]byte(public(k.tls)), Name: name}
	body := r.body()
	if err := r.check(&body); err != nil {
		return nil, err
	}
	r.encoded = body.Append(nil)
	r.signature = [64]byte(ed25519.Sign(k.tls, requestBytes(r.encoded)))
	return r, nil
}

// Certified puts a certificate to the keys. ErrOtherKey says that it is for
// others; whether a root signed it is a question for Roots.
func (k *PendingKey) Certified(certificate []byte) (*GateKey, error) {
	_, body, err := parseCertificate(certificate)
	if err != nil {
		return nil, fmt.Errorf("secure: gate key: %w", err)
	}
	if body.Key != k.pair.public || !bytes.Equal(body.TLSKey[:], public(k.tls)) {
		return nil, fmt.Errorf("secure: gate key: %w", ErrOtherKey)
	}
	return newGateKey(k.gateSecrets, certificate, body)
}

// String names nothing of the keys.
func (k *PendingKey) String() string { return "keys of a gate, not certified" }

// public returns the public half of a key of TLS.
func public(k ed25519.PrivateKey) ed25519.PublicKey { return k.Public().(ed25519.PublicKey) }

// body is what a root signs, without the terms.
func (r *Request) body() msgdef.CertificateBody {
	return msgdef.CertificateBody{Key: r.Key, TLSKey: r.TLSKey, Name: r.Name}
}
