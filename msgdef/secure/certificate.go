package secure

import (
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// certificateContext stands before a certificate's body in what a root signs,
// so that the signature means nothing anywhere else.
const certificateContext = "sim gate certificate v1\x00"

// certificatePrefix begins the text of a certificate.
const certificatePrefix = "sim-gate-certificate-v1 "

// CertificateText returns an encoded certificate as a line of text, for files.
// It is not secret.
func CertificateText(certificate []byte) []byte { return line(certificatePrefix, certificate) }

// ParseCertificateText reads what CertificateText wrote, and returns the encoded
// certificate. Nothing in it is judged, see Roots.Verify.
func ParseCertificateText(text []byte) ([]byte, error) {
	certificate, err := parseLine("certificate of a gate", certificatePrefix, text)
	if err == nil {
		_, _, err = parseCertificate(certificate)
	}
	return certificate, err
}

// DescribeCertificate returns what an encoded certificate says, and the name of
// the root that it says has signed it, without judging either.
func DescribeCertificate(certificate []byte) (root string, body msgdef.CertificateBody, err error) {
	c, body, err := parseCertificate(certificate)
	return fmt.Sprintf("%x", c.Root), body, err
}

// RootName returns how a root is called: 16 hexadecimal digits, made of its
// public key.
func RootName(key ed25519.PublicKey) string { return fmt.Sprintf("%x", rootID(key)) }

// rootID names a root in a certificate: the first bytes of SHA-256 of its
// public key.
func rootID(key ed25519.PublicKey) [8]byte {
	sum := sha256.Sum256(key)
	return [8]byte(sum[:8])
}

func signedBytes(body []byte) []byte {
	return append([]byte(certificateContext), body...)
}

// parseCertificate reads an encoded certificate without judging it.
func parseCertificate(b []byte) (c msgdef.Certificate, body msgdef.CertificateBody, err error) {
	if err := c.Decode(b); err != nil {
		return c, body, fmt.Errorf("%w: certificate: %w", ErrMalformed, err)
	}
	if err := body.Decode(c.Body); err != nil {
		return c, body, fmt.Errorf("%w: certificate body: %w", ErrMalformed, err)
	}
	return c, body, nil
}

// checkValidity holds now against both ends of the validity, inclusive.
func checkValidity(body *msgdef.CertificateBody, now time.Time) error {
	switch seconds := now.Unix(); {
	case seconds < body.NotBefore:
		return fmt.Errorf("%w: until %v", ErrNotYetValid, time.Unix(body.NotBefore, 0).UTC())
	case seconds > body.NotAfter:
		return fmt.Errorf("%w: since %v", ErrExpired, time.Unix(body.NotAfter, 0).UTC())
	}
	return nil
}
