package quic_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/gate/transport/quic"
	"github.com/sim-im/sim/gate/transport/transporttest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// alpn is the protocol name of these tests.
const alpn = "sim/1"

// identity is a throwaway certificate and what trusts it.
type identity struct {
	server, client *tls.Config
}

// newIdentity makes a self-signed certificate for 127.0.0.1.
func newIdentity(t testing.TB) identity {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotAfter:     time.Now().Add(time.Hour),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
		DNSNames:     []string{"localhost"},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, private)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(certificate)
	return identity{
		server: &tls.Config{
			Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: private}},
			NextProtos:   []string{alpn},
			MinVersion:   tls.VersionTLS13,
		},
		client: &tls.Config{RootCAs: roots, NextProtos: []string{alpn}, MinVersion: tls.VersionTLS13},
	}
}

// listen is the suite's factory.
func listen(t testing.TB) (transport.Listener, transport.Dialer) {
	return listenWith(t, quic.Options{})
}

func listenWith(t testing.TB, options quic.Options) (*quic.Listener, quic.Dialer) {
	t.Helper()
	id := newIdentity(t)
	l, err := quic.Listen("127.0.0.1:0", id.server, options)
	if err != nil {
		t.Fatal(err)
	}
	return l, quic.Dialer{TLS: id.client}
}

// connect opens a connection, and closes everything after the test.
func connect(t testing.TB, l *quic.Listener, d quic.Dialer) (client, server *quic.Conn) {
	t.Helper()
	return connectTo(t, l, d, l.Addr())
}

func connectTo(t testing.TB, l *quic.Listener, d quic.Dialer, addr string) (client, server *quic.Conn) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	c, err := d.Dial(ctx, addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	s, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return c.(*quic.Conn), s.(*quic.Conn)
}

func TestContract(t *testing.T) { transporttest.Run(t, listen) }

func TestSecured(t *testing.T) { transporttest.Secured(t, listen) }

func TestIdle(t *testing.T) { transporttest.Idle(t, listen) }
