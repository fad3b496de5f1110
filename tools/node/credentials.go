package node

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
)

// PeerName is the DNS name in the certificates of processes of a cluster. They
// find one another by addresses that change, so a certificate says what its
// owner is, not where: whoever the cluster's authority certifies under this
// name is one of us.
const PeerName = "sim-peer"

// Credentials are the files of mutual TLS between processes: all three, or
// none for plain calls on one machine. Certificate and key are read anew for
// each connection, so that replacing the files is enough; the authority is
// read at the start.
type Credentials struct {
	Cert string // PEM, this process's certificate for PeerName, usable by servers and clients
	Key  string // PEM
	CA   string // PEM, who certifies the others
}

func (c Credentials) given() bool { return c != Credentials{} }

func (c Credentials) validate() error {
	if c.given() && (c.Cert == "" || c.Key == "" || c.CA == "") {
		return errors.New("--rpc-cert, --rpc-key and --rpc-ca: give all three of them or none")
	}
	return nil
}

// load reads the files.
func (c Credentials) load() (peers, error) {
	if !c.given() {
		return peers{}, nil
	}
	text, err := os.ReadFile(c.CA)
	if err != nil {
		return peers{}, fmt.Errorf("--rpc-ca: %w", err)
	}
	authority := x509.NewCertPool()
	if !authority.AppendCertsFromPEM(text) {
		return peers{}, fmt.Errorf("--rpc-ca: no certificate in %s", c.CA)
	}
	if _, err := c.pair(); err != nil {
		return peers{}, err
	}
	return peers{
		server: &tls.Config{
			MinVersion: tls.VersionTLS13, ClientCAs: authority, ClientAuth: tls.RequireAndVerifyClientCert,
			GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.pair() },
		},
		client: &tls.Config{
			MinVersion: tls.VersionTLS13, RootCAs: authority, ServerName: PeerName,
			GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return c.pair() },
		},
	}, nil
}

func (c Credentials) pair() (*tls.Certificate, error) {
	pair, err := tls.LoadX509KeyPair(c.Cert, c.Key)
	if err != nil {
		return nil, fmt.Errorf("--rpc-cert, --rpc-key: %w", err)
	}
	return &pair, nil
}
