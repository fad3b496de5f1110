package secure

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// ALPN names the protocol inside TLS.
const ALPN = "sim/1"

// Inside TLS the key exchange is always X25519 with ML-KEM-768: a client that
// has no ML-KEM uses TCP. A suite then chooses the cipher of the records only,
// and is admitted, and checked for a downgrade, as over TCP. There are no
// tickets, so each connection has keys of its own and no early data.
func commonTLS() *tls.Config {
	return &tls.Config{
		MinVersion:             tls.VersionTLS13,
		NextProtos:             []string{ALPN},
		CurvePreferences:       []tls.CurveID{tls.X25519MLKEM768},
		SessionTicketsDisabled: true,
	}
}

// ServerTLS returns what a gate offers inside QUIC. key is called for each
// connection, from any goroutine, and returns the present key: a new one takes
// effect with the next connection, and while it is nil there are none.
func ServerTLS(key func() *GateKey) *tls.Config {
	c := commonTLS()
	c.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		present := key()
		if present == nil {
			return nil, errors.New("secure: no gate key yet")
		}
		return &present.leaf, nil
	}
	c.VerifyConnection = func(state tls.ConnectionState) error { return checkALPN(&state) }
	return c
}

// ClientTLS returns what a client trusts inside QUIC: certificates that one of
// roots signed, now. Names and the authorities of the system count for nothing.
// The handshake fails with an error that wraps those of ClientHandshake.Reply:
// one of certificates, ErrMalformed, or ErrALPN.
func ClientTLS(roots *Roots, now func() time.Time) *tls.Config {
	c := commonTLS()
	c.InsecureSkipVerify = true // VerifyConnection verifies, by other rules than X.509's
	c.VerifyConnection = func(state tls.ConnectionState) error {
		if err := checkALPN(&state); err != nil {
			return err
		}
		return roots.checkLeaf(&state, now())
	}
	return c
}

func checkALPN(state *tls.ConnectionState) error {
	if state.NegotiatedProtocol != ALPN {
		return fmt.Errorf("%w: %q, want %q", ErrALPN, state.NegotiatedProtocol, ALPN)
	}
	return nil
}

// checkLeaf judges the gate of a connection. TLS has checked that the gate has
// the leaf's key.
func (r *Roots) checkLeaf(state *tls.ConnectionState, now time.Time) error {
	if n := len(state.PeerCertificates); n != 1 {
		return fmt.Errorf("%w: %d X.509 certificates, want 1", ErrMalformed, n)
	}
	certificate, key, err := readLeaf(state.PeerCertificates[0])
	if err != nil {
		return err
	}
	_, err = r.accept(certificate, now, func(body *msgdef.CertificateBody) bool {
		return bytes.Equal(body.TLSKey[:], key)
	})
	return err
}
