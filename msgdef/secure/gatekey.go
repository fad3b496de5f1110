package secure

import (
	"crypto/tls"
	"fmt"
	"io"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// GateKey is what a gate proves itself with: a static Noise key and a key for
// TLS, with the certificate of a root for both. It does not change once made
// and is safe for concurrent use.
type GateKey struct {
	gateSecrets
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
	Certificate []byte `json:"certificate,omitempty"`
}

// NewGateKey draws 32 bytes for Noise and 32 for TLS from rand, and has root
// certify both keys under name, 1 to 64 bytes, for a time. The serial is
// notBefore in Unix milliseconds, so it grows from one certificate to the next.
func NewGateKey(rand io.Reader, root *RootKey, name string, notBefore, notAfter time.Time) (*GateKey, error) {
	pending, err := NewPendingKey(rand)
	if err != nil {
		return nil, err
	}
	request, err := pending.Request(name)
	if err != nil {
		return nil, err
	}
	certificate, err := root.Sign(request, Terms{NotBefore: notBefore, NotAfter: notAfter})
	if err != nil {
		return nil, err
	}
	return pending.Certified(certificate)
}

func newGateKey(k gateSecrets, certificate []byte, body msgdef.CertificateBody) (*GateKey, error) {
	leaf, err := newLeaf(k.tls, certificate, &body)
	if err != nil {
		return nil, fmt.Errorf("secure: gate key: %w", err)
	}
	return &GateKey{k, certificate, body, leaf}, nil
}

// ParseGateKey reads what Encode wrote. It checks that the certificate is for
// the keys, not whether a root signed it. ErrOldGateKey is about a file from
// before there was a key for TLS, ErrNoCertificate about a PendingKey's.
func ParseGateKey(text []byte) (*GateKey, error) {
	k, certificate, err := parseGateFile(text)
	if err != nil {
		return nil, err
	}
	if len(certificate) == 0 {
		return nil, fmt.Errorf("secure: gate key: %w", ErrNoCertificate)
	}
	return k.Certified(certificate)
}

// Encode returns the key as JSON text. It is secret: the file it goes to has
// mode 0600.
func (k *GateKey) Encode() []byte { return k.encode(k.certificate) }

// String names the key without telling it.
func (k *GateKey) String() string {
	return fmt.Sprintf("gate key %q serial %d", k.body.Name, k.body.Serial)
}

// Certificate returns the encoded certificate, for Roots.Verify. It belongs to
// the key and is only read.
func (k *GateKey) Certificate() []byte { return k.certificate }

// Body returns what the certificate says, for example until when it holds.
func (k *GateKey) Body() msgdef.CertificateBody { return k.body }
