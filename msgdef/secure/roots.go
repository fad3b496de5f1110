package secure

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// MaxRoots is how many roots a client may trust at once.
const MaxRoots = 16

// Roots is what a client pins: the public keys that may sign certificates of
// gates. It does not change once made and is safe for concurrent use.
type Roots struct {
	list []root
}

type root struct {
	id        [8]byte
	key       ed25519.PublicKey
	minSerial uint64
}

// The file of roots, for example DIR/roots.json:
//
//	{"roots": [{"key": "<base64 of 32 bytes>", "min_serial": 0}]}
//
// min_serial revokes every certificate of that root with a smaller serial.
type rootsFile struct {
	Roots []rootEntry `json:"roots"`
}

type rootEntry struct {
	Key       []byte `json:"key"`
	MinSerial uint64 `json:"min_serial,omitempty"`
}

// NewRoots trusts keys, 1 to MaxRoots different ones. It reports every mistake
// at once.
func NewRoots(keys ...ed25519.PublicKey) (*Roots, error) {
	list := make([]Root, len(keys))
	for i, key := range keys {
		list[i].Key = key
	}
	return RootsOf(list)
}

// Root is a key that is trusted, but not with serials below MinSerial: those are
// revoked.
type Root struct {
	Key       ed25519.PublicKey
	MinSerial uint64
}

// RootsOf is NewRoots with revocations.
func RootsOf(list []Root) (*Roots, error) {
	var file rootsFile
	for _, r := range list {
		file.Roots = append(file.Roots, rootEntry{Key: r.Key, MinSerial: r.MinSerial})
	}
	return file.roots()
}

// List returns what RootsOf was given, in its order.
func (r *Roots) List() []Root {
	list := make([]Root, len(r.list))
	for i, root := range r.list {
		list[i] = Root{Key: root.key, MinSerial: root.minSerial}
	}
	return list
}

// ParseRoots reads the JSON of a file of roots. It reports every mistake at
// once; an unknown field is one, because it may be a misspelt min_serial.
func ParseRoots(text []byte) (*Roots, error) {
	var file rootsFile
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&file); err != nil {
		return nil, fmt.Errorf("secure: roots: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("secure: roots: something follows the JSON object")
	}
	return file.roots()
}

func (f *rootsFile) roots() (*Roots, error) {
	var errs []error
	if len(f.Roots) == 0 || len(f.Roots) > MaxRoots {
		errs = append(errs, fmt.Errorf("secure: roots: %d roots, want 1 to %d", len(f.Roots), MaxRoots))
	}
	r := new(Roots)
	for i, entry := range f.Roots {
		if err := r.add(entry); err != nil {
			errs = append(errs, fmt.Errorf("secure: roots: number %d: %w", i+1, err))
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return r, nil
}

func (r *Roots) add(entry rootEntry) error {
	if len(entry.Key) != ed25519.PublicKeySize {
		return fmt.Errorf("key of %d bytes, want %d", len(entry.Key), ed25519.PublicKeySize)
	}
	key := ed25519.PublicKey(bytes.Clone(entry.Key))
	id := rootID(key)
	if _, ok := r.find(id); ok {
		return errors.New("listed twice")
	}
	r.list = append(r.list, root{id: id, key: key, minSerial: entry.MinSerial})
	return nil
}

func (r *Roots) find(id [8]byte) (root, bool) {
	for _, candidate := range r.list {
		if candidate.id == id {
			return candidate, true
		}
	}
	return root{}, false
}

// JSON returns the text that ParseRoots reads.
func (r *Roots) JSON() []byte {
	var file rootsFile
	for _, root := range r.list {
		file.Roots = append(file.Roots, rootEntry{Key: root.key, MinSerial: root.minSerial})
	}
	text, err := json.MarshalIndent(file, "", "  ")
	if err != nil {
		panic("secure: roots: " + err.Error()) // bytes and numbers: cannot be
	}
	return append(text, '\n')
}

// Verify checks that one of the roots signed certificate, that it holds at now
// and that it was not revoked. Whether it belongs to the key a peer uses is
// the caller's question. The errors are those of certificates, or ErrMalformed.
func (r *Roots) Verify(certificate []byte, now time.Time) (msgdef.CertificateBody, error) {
	c, body, err := parseCertificate(certificate)
	if err != nil {
		return msgdef.CertificateBody{}, err
	}
	if err := r.check(&c, &body, now); err != nil {
		return msgdef.CertificateBody{}, err
	}
	return body, nil
}

// accept is Verify for a client of this version, and with the question whether
// the certificate belongs to the key that the peer uses.
func (r *Roots) accept(certificate []byte, now time.Time, belongs func(*msgdef.CertificateBody) bool) (msgdef.CertificateBody, error) {
	body, err := r.Verify(certificate, now)
	switch {
	case err != nil:
		return body, err
	case !belongs(&body):
		return body, ErrOtherKey
	case body.MinVersion > Version:
		return body, ErrMinVersion
	}
	return body, nil
}

func (r *Roots) check(c *msgdef.Certificate, body *msgdef.CertificateBody, now time.Time) error {
	signer, ok := r.find(c.Root)
	switch {
	case !ok:
		return ErrUnknownRoot
	case !ed25519.Verify(signer.key, signedBytes(c.Body), c.Signature[:]):
		return ErrSignature
	case body.Serial < signer.minSerial:
		return ErrRevoked
	}
	return checkValidity(body, now)
}
