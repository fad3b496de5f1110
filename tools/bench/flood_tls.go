package bench

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// certify has the gate that is started show browsers a certificate, for FloodWSS.
// remove deletes its files.
func (p *FloodPlan) certify() (remove func() error, err error) {
	if p.Kind != FloodWSS {
		return func() error { return nil }, nil
	}
	folder, err := os.MkdirTemp("", "sim-flood-")
	if err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	remove = func() error { return os.RemoveAll(folder) }
	if p.cert, p.key, err = writeCertificate(folder); err != nil {
		return nil, errors.Join(fmt.Errorf("bench: a certificate for browsers: %w", err), remove())
	}
	return remove, nil
}

// writeCertificate makes the files of a certificate that nobody trusts: attackers
// do not look at it.
func writeCertificate(folder string) (cert, key string, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", "", err
	}
	about := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"gate"}, NotAfter: time.Now().AddDate(0, 0, 1)}
	public, err := x509.CreateCertificate(rand.Reader, about, about, private.Public(), private)
	if err != nil {
		return "", "", err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return "", "", err
	}
	cert, key = filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	return cert, key, errors.Join(
		os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: public}), 0o600),
		os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600))
}

// helloTLS records the first packet of a TLS client, which asks for a hybrid key
// exchange as browsers do.
func helloTLS() ([]byte, error) {
	near, far := net.Pipe()
	defer far.Close()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = tls.Client(near, &tls.Config{ServerName: "gate"}).Handshake() // nobody answers
	}()
	hello := make([]byte, 1<<14)
	n, err := far.Read(hello)
	near.Close()
	<-ended
	return hello[:n], err
}
