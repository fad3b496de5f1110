package secure

import (
	"bytes"
	"crypto/ed25519"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// GateKey is what a gate proves itself with: a static Noise key and a key for
// TLS, with the certificate of a root for both. It does not change once made
// and is safe for concurrent use.
type GateKey struct {
	pair        keyPair
	tls         ed25519.PrivateKey
	certificate []byte // encoded
	body        msgdef.CertificateBody
	leaf        tls.Certificate // of tls, with certificate in it
}

// The file of a gate key:
//
//	{"key": "<base64 of 32 bytes>", "tls_key": "<base64 of 32 bytes>", "certificate": "<base64>"}
//
// key is an X25519 private key, tls_key the seed of an Ed25519 one.
type gateKeyFile struct {
	Key         []byte `json:"key"`
	TLSKey      []byte `json:"tls_key"`
	Certificate []byte `json:"certificate"`
}

// NewGateKey draws 32 bytes for Noise and 32 for TLS from rand, and has root
// certify both keys under name, 1 to 64 bytes, for a time. The serial is
// notBefore in Unix milliseconds, so it grows from one certificate to the next.
func NewGateKey(rand io.Reader, root *RootKey, name string, notBefore, notAfter time.Time) (*GateKey, error) {
	seed := make([]byte, ed25519.SeedSize)
	pair, err := generateKeyPair(rand)
	if err == nil {
		_, err = io.ReadFull(rand, seed)
	}
	if err != nil {
		return nil, fmt.Errorf("secure: randomness: %w", err)
	}
	private := ed25519.NewKeyFromSeed(seed)
	body := msgdef.CertificateBody{
		Key:        pair.public,
		TLSKey:     [32]byte(public(private)),
		Serial:     uint64(max(notBefore.UnixMilli(), 0)),
		NotBefore:  notBefore.Unix(),
		NotAfter:   notAfter.Unix(),
		MinVersion: 1,
		Name:       name,
	}
	if name == "" || body.NotAfter < body.NotBefore {
		return nil, errors.New("secure: a gate key needs a name and a time when it is valid")
	}
	if err := body.Validate(); err != nil {
		return nil, fmt.Errorf("secure: certificate: %w", err)
	}
	return newGateKey(pair, private, root.Certify(body), body)
}

func newGateKey(pair keyPair, private ed25519.PrivateKey, certificate []byte, body msgdef.CertificateBody) (*GateKey, error) {
	leaf, err := newLeaf(private, certificate, &body)
	if err != nil {
		return nil, fmt.Errorf("secure: gate key: %w", err)
	}
	return &GateKey{pair, private, certificate, body, leaf}, nil
}

func public(k ed25519.PrivateKey) ed25519.PublicKey { return k.Public().(ed25519.PublicKey) }

// ParseGateKey reads what Encode wrote. It checks that the certificate is for
// the keys, not whether a root signed it. ErrOldGateKey is about a file from
// before there was a key for TLS.
func ParseGateKey(text []byte) (*GateKey, error) {
	var file gateKeyFile
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("secure: gate key: %w", err)
	}
	if len(file.TLSKey) == 0 {
		return nil, fmt.Errorf("secure: gate key: %w", ErrOldGateKey)
	}
	if len(file.TLSKey) != ed25519.SeedSize {
		return nil, fmt.Errorf("secure: gate key: tls_key of %d bytes, want %d", len(file.TLSKey), ed25519.SeedSize)
	}
	pair, err := newKeyPair(file.Key)
	if err != nil {
		return nil, fmt.Errorf("secure: gate key: %w", err)
	}
	_, body, err := parseCertificate(file.Certificate)
	if err != nil {
		return nil, fmt.Errorf("secure: gate key: %w", err)
	}
	private := ed25519.NewKeyFromSeed(file.TLSKey)
	if body.Key != pair.public || !bytes.Equal(body.TLSKey[:], public(private)) {
		return nil, fmt.Errorf("secure: gate key: %w", ErrOtherKey)
	}
	return newGateKey(pair, private, file.Certificate, body)
}

// Encode returns the key as JSON text. It is secret: the file it goes to has
// mode 0600.
func (k *GateKey) Encode() []byte {
	text, err := json.MarshalIndent(gateKeyFile{k.pair.private[:], k.tls.Seed(), k.certificate}, "", "  ")
	if err != nil {
		panic("secure: gate key: " + err.Error()) // bytes: cannot be
	}
	return append(text, '\n')
}

// String names the key without telling it.
func (k *GateKey) String() string {
	return fmt.Sprintf("gate key %q serial %d", k.body.Name, k.body.Serial)
}

// Certificate returns the encoded certificate, for Roots.Verify. It belongs to
// the key and is only read.
func (k *GateKey) Certificate() []byte { return k.certificate }

// Body returns what the certificate says, for example until when it holds.
func (k *GateKey) Body() msgdef.CertificateBody { return k.body }
