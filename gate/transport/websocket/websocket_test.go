package websocket_test

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
	"github.com/sim-im/sim/gate/transport/transporttest"
	"github.com/sim-im/sim/gate/transport/websocket"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience ends a test that would hang.
const patience = 30 * time.Second

// identity is a throwaway certificate and what trusts it.
func identity(t testing.TB) (server, client *tls.Config) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
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
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: private}}},
		&tls.Config{RootCAs: roots, NextProtos: []string{"h2"}}
}

// plain is the suite's factory of ws.
func plain(t testing.TB) (transport.Listener, transport.Dialer) {
	return listen(t, websocket.Options{}), websocket.Dialer{}
}

// secured is the suite's factory of wss.
func secured(t testing.TB) (transport.Listener, transport.Dialer) {
	server, client := identity(t)
	return listen(t, websocket.Options{TLS: server}), websocket.Dialer{TLS: client}
}

// listen listens, and closes after the test.
func listen(t testing.TB, options websocket.Options) *websocket.Listener {
	t.Helper()
	l, err := websocket.Listen("127.0.0.1:0", options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// accept waits for the next connection, and closes it after the test.
func accept(t testing.TB, l *websocket.Listener) transport.Conn {
	t.Helper()
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetReadDeadline(time.Now().Add(patience))
	return c
}

// limited is a context for what must not hang.
func limited(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

func TestContract(t *testing.T) {
	t.Run("ws", func(t *testing.T) { transporttest.Run(t, plain) })
	t.Run("wss", func(t *testing.T) { transporttest.Run(t, secured) })
}

func TestIdle(t *testing.T) { transporttest.Idle(t, plain) }
