package secure

import (
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// A gate's certificate in TLS is X.509 in form only: signed by its own Ed25519
// key, valid as long as the certificate of the root that it carries, which is
// what a client judges. That stands in a private extension:
//
//	extnID     extensionID
//	critical   FALSE
//	extnValue  OCTET STRING, of an OCTET STRING, of the encoded Certificate

// extensionID returns the extension's name. Nobody registers it: it lies under
// an arc for names made of random numbers (f94df166-e7da-47c9-9b6a-2fd1fae870d9).
func extensionID() asn1.ObjectIdentifier {
	return asn1.ObjectIdentifier{1, 2, 840, 113556, 1, 8000, 2554, 63821, 61798, 59354, 18377, 39786, 3133946, 15233241}
}

// newLeaf makes the certificate of private that carries one of a root. The same
// arguments make the same bytes.
func newLeaf(private ed25519.PrivateKey, certificate []byte, body *msgdef.CertificateBody) (tls.Certificate, error) {
	value, err := asn1.Marshal(certificate)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber:    new(big.Int).SetUint64(max(body.Serial, 1)),
		Subject:         pkix.Name{CommonName: body.Name},
		NotBefore:       time.Unix(body.NotBefore, 0).UTC(),
		NotAfter:        time.Unix(body.NotAfter, 0).UTC(),
		KeyUsage:        x509.KeyUsageDigitalSignature,
		ExtraExtensions: []pkix.Extension{{Id: extensionID(), Value: value}},
	}
	der, err := x509.CreateCertificate(nil, template, template, public(private), private)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("X.509: %w", err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: private}, nil
}

// readLeaf returns the certificate of a root that a leaf carries, and the key
// that the leaf is of, without judging either. Errors are ErrMalformed.
func readLeaf(leaf *x509.Certificate) (certificate []byte, key ed25519.PublicKey, err error) {
	key, ok := leaf.PublicKey.(ed25519.PublicKey)
	if !ok {
		return nil, nil, fmt.Errorf("%w: X.509 key is %v, want Ed25519", ErrMalformed, leaf.PublicKeyAlgorithm)
	}
	for _, extension := range leaf.Extensions {
		if !extension.Id.Equal(extensionID()) {
			continue
		}
		rest, err := asn1.Unmarshal(extension.Value, &certificate)
		if err != nil || len(rest) > 0 {
			return nil, nil, fmt.Errorf("%w: X.509 extension", ErrMalformed)
		}
		return certificate, key, nil // X.509 allows each extension once
	}
	return nil, nil, fmt.Errorf("%w: X.509 certificate without a root's", ErrMalformed)
}
