package ops

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestCertificate reads files anew after a minute, and keeps the last one that
// could be read.
func TestCertificate(t *testing.T) {
	first, second := certify(t, "first"), certify(t, "second")
	now := time.Now()
	c, err := newCertificate("--ws-cert, --ws-key", first.Cert, first.Key, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	name := func() string {
		pair, err := c.get(nil)
		if err != nil {
			t.Fatal(err)
		}
		return pair.Leaf.DNSNames[0]
	}
	expect := func(want string) {
		t.Helper()
		if got := name(); got != want {
			t.Errorf("%s instead of %s", got, want)
		}
	}
	expect("first")
	c.cert, c.key = second.Cert, second.Key
	expect("first")
	now = now.Add(certificateFor)
	expect("second")
	if err := os.Remove(second.Key); err != nil {
		t.Fatal(err)
	}
	now = now.Add(certificateFor)
	expect("second")
	if _, err := newCertificate("--ws-cert, --ws-key", second.Cert, second.Key, time.Now); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no key: %v", err)
	}
}

// certify returns files of a certificate that vouches for itself.
func certify(t *testing.T, name string) WebSocket {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	w := WebSocket{Cert: filepath.Join(folder, "cert.pem"), Key: filepath.Join(folder, "key.pem")}
	writePEM(t, w.Cert, "CERTIFICATE", der)
	writePEM(t, w.Key, "PRIVATE KEY", secret)
	return w
}

func writePEM(t *testing.T, file, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}
