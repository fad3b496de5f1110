package kitex

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// authority signs certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pool *x509.CertPool
}

// newAuthority returns an authority of its own.
func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{pool: x509.NewCertPool()}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	a.key = newKey(t)
	a.cert = sign(t, template, template, a.key, a.key)
	a.pool.AddCert(a.cert)
	return a
}

// issue returns a certificate for the loopback interface.
func (a *authority) issue(t *testing.T) tls.Certificate {
	t.Helper()
	key := newKey(t)
	cert := sign(t, &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "process"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}, a.cert, key, a.key)
	return tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key}
}

// newKey returns a key.
func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// sign makes a certificate.
func sign(t *testing.T, template, parent *x509.Certificate, key, signer *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// TestMutualTLS lets in who has a certificate of the right authority, and
// nobody else; and talks to nobody else.
func TestMutualTLS(t *testing.T) {
	ours, theirs := newAuthority(t), newAuthority(t)
	o := ServerOptions{TLS: &tls.Config{
		Certificates: []tls.Certificate{ours.issue(t)}, ClientCAs: ours.pool, ClientAuth: tls.RequireAndVerifyClientCert,
	}}
	s := serve(t, o, OfferService(answering(new(rpc.LookupReply), nil), nil, nil))
	good := &tls.Config{RootCAs: ours.pool, Certificates: []tls.Certificate{ours.issue(t)}}
	for range 2 {
		c := dialService(t, ClientOptions{TLS: good}, s)
		for range 3 {
			if _, err := c.Lookup(within(t), lookup()); err != nil {
				t.Fatalf("the right certificate: %v", err)
			}
		}
	}
	for what, config := range map[string]*tls.Config{
		"plain":                        nil,
		"no certificate":               {RootCAs: ours.pool},
		"another authority's":          {RootCAs: ours.pool, Certificates: []tls.Certificate{theirs.issue(t)}},
		"a server that is not trusted": {RootCAs: theirs.pool, Certificates: []tls.Certificate{ours.issue(t)}},
	} {
		c := dialService(t, ClientOptions{TLS: config}, s)
		if _, err := c.Lookup(within(t), lookup()); rpc.CodeOf(err) != msgdef.CodeUnavailable {
			t.Errorf("%s: %v", what, err)
		}
	}
	plain := serve(t, ServerOptions{}, OfferService(answering(new(rpc.LookupReply), nil), nil, nil))
	c := dialService(t, ClientOptions{TLS: good, Timeout: time.Second}, plain)
	if _, err := c.Lookup(within(t), lookup()); err == nil {
		t.Error("a plain server was talked to")
	}
	if calls := s.Stats().Calls; calls != 6 {
		t.Errorf("%d calls came through, want those of the right certificate", calls)
	}
}
