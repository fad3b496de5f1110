package secure

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// requestContext stands before what a gate signs to ask for a certificate, so
// that the signature means nothing anywhere else.
const requestContext = "sim gate request v1\x00"

// requestPrefix begins the text of a request; the rest is the base64 of an
// encoded Certificate that the gate's own TLS key has signed: its body has no
// terms yet, and its root is the name of that key.
const requestPrefix = "sim-gate-request-v1 "

// Request asks a root for a certificate. It is not secret, but who signs it has
// to know that it comes from the gate it names: that is what Fingerprint is for.
type Request struct {
	Key    [32]byte // X25519
	TLSKey [32]byte // Ed25519
	Name   string   // of the gate, 1 to 64 bytes

	encoded   []byte // the body as it was signed
	signature [64]byte
}

func requestBytes(body []byte) []byte { return append([]byte(requestContext), body...) }

// ParseRequest reads what Encode wrote. It is an error when who made the request
// has not the TLS key.
func ParseRequest(text []byte) (*Request, error) {
	packed, err := parseLine("request of a gate", requestPrefix, text)
	if err != nil {
		return nil, err
	}
	c, body, err := parseCertificate(packed)
	if err != nil {
		return nil, fmt.Errorf("secure: request: %w", err)
	}
	r := &Request{Key: body.Key, TLSKey: body.TLSKey, Name: body.Name, encoded: c.Body, signature: c.Signature}
	if body != r.body() {
		return nil, fmt.Errorf("%w: request with terms: those are the root's to say", ErrMalformed)
	}
	if !ed25519.Verify(r.TLSKey[:], requestBytes(r.encoded), r.signature[:]) {
		return nil, fmt.Errorf("secure: request: %w", ErrSignature)
	}
	return r, r.check(&body)
}

func (r *Request) check(body *msgdef.CertificateBody) error {
	if r.Name == "" {
		return errors.New("secure: a gate needs a name")
	}
	if err := body.Validate(); err != nil {
		return fmt.Errorf("secure: request: %w", err)
	}
	return nil
}

// Encode returns the request as a line of text.
func (r *Request) Encode() []byte {
	c := msgdef.Certificate{Body: r.encoded, Root: rootID(r.TLSKey[:]), Signature: r.signature}
	return line(requestPrefix, c.Append(nil))
}

// Fingerprint is what people compare, 16 hexadecimal digits: the same where the
// request was made and where it is signed.
func (r *Request) Fingerprint() string {
	return fmt.Sprintf("%x", rootID(append(r.Key[:], r.TLSKey[:]...)))
}

// Terms is what a root certifies keys under.
type Terms struct {
	NotBefore, NotAfter time.Time
	MinVersion          uint8 // lowest protocol version that clients may speak; 0 means 1
}

// Sign returns the encoded certificate for a request. The serial is NotBefore
// in Unix milliseconds, so it grows from one certificate to the next.
func (k *RootKey) Sign(r *Request, t Terms) ([]byte, error) {
	body := r.body()
	body.Serial = uint64(max(t.NotBefore.UnixMilli(), 0))
	body.NotBefore, body.NotAfter = t.NotBefore.Unix(), t.NotAfter.Unix()
	body.MinVersion = max(t.MinVersion, 1)
	if body.NotAfter < body.NotBefore {
		return nil, errors.New("secure: a certificate ends before it begins")
	}
	if err := r.check(&body); err != nil {
		return nil, err
	}
	return k.Certify(body), nil
}
