package secure

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// GateKey is a gate's static Noise key with the certificate of a root. It does
// not change once made and is safe for concurrent use.
type GateKey struct {
	pair        keyPair
	certificate []byte // encoded
	body        msgdef.CertificateBody
}

// The file of a gate key:
//
//	{"key": "<base64 of 32 bytes>", "certificate": "<base64>"}
type gateKeyFile struct {
	Key         []byte `json:"key"`
	Certificate []byte `json:"certificate"`
}

// NewGateKey draws 32 bytes from rand and has root certify the key under name,
// 1 to 64 bytes, for a time. The serial is notBefore in Unix milliseconds, so
// it grows from one certificate to the next.
func NewGateKey(rand io.Reader, root *RootKey, name string, notBefore, notAfter time.Time) (*GateKey, error) {
	pair, err := generateKeyPair(rand)
	if err != nil {
		return nil, fmt.Errorf("secure: randomness: %w", err)
	}
	body := msgdef.CertificateBody{
		Key:        [32]byte(pair.parsed.PublicKey().Bytes()),
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
	return &GateKey{pair, root.Certify(body), body}, nil
}

// ParseGateKey reads what Encode wrote. It checks that the certificate is for
// the key, not whether a root signed it.
func ParseGateKey(text []byte) (*GateKey, error) {
	var file gateKeyFile
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("secure: gate key: %w", err)
	}
	pair, err := newKeyPair(file.Key)
	if err != nil {
		return nil, fmt.Errorf("secure: gate key: %w", err)
	}
	_, body, err := parseCertificate(file.Certificate)
	if err != nil {
		return nil, fmt.Errorf("secure: gate key: %w", err)
	}
	if !bytes.Equal(body.Key[:], pair.parsed.PublicKey().Bytes()) {
		return nil, fmt.Errorf("secure: gate key: %w", ErrOtherKey)
	}
	return &GateKey{pair, file.Certificate, body}, nil
}

// Encode returns the key as JSON text. It is secret: the file it goes to has
// mode 0600.
func (k *GateKey) Encode() []byte {
	text, err := json.MarshalIndent(gateKeyFile{k.pair.raw, k.certificate}, "", "  ")
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
