package secure

import (
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// connected returns two ends of a connection.
func connected(t *testing.T) (a, b net.Conn) {
	t.Helper()
	l := ok[net.Listener](t)(net.Listen("tcp", "127.0.0.1:0"))
	defer l.Close()
	b = ok[net.Conn](t)(net.Dial("tcp", l.Addr().String()))
	a = ok[net.Conn](t)(l.Accept())
	t.Cleanup(func() { a.Close(); b.Close() })
	return a, b
}

// shake runs a TLS handshake. The errors are those of each side.
func shake(t *testing.T, server, client *tls.Config) (s, c *tls.Conn, serverErr, clientErr error) {
	t.Helper()
	a, b := connected(t)
	s, c = tls.Server(a, server), tls.Client(b, client)
	done := make(chan error, 1)
	go func() {
		err := s.Handshake()
		if err == nil {
			_, err = s.Read(make([]byte, 1)) // an alert of the client's, or a byte
		}
		a.Close()
		done <- err
	}()
	if clientErr = c.Handshake(); clientErr == nil {
		_, clientErr = c.Write([]byte{1})
	}
	b.Close()
	return s, c, <-done, clientErr
}

func (w *world) tls() *tls.Config { return ServerTLS(func() *GateKey { return w.gate }) }

// exporter adapts a connection as a transport would.
func exporter(t *testing.T, c *tls.Conn) Exporter {
	t.Helper()
	state := c.ConnectionState()
	return state.ExportKeyingMaterial
}

// TestTLSMakesASession goes from a TLS handshake to records on every stream.
func TestTLSMakesASession(t *testing.T) {
	w := newWorld(t)
	s, c, serverErr, err := shake(t, w.tls(), ClientTLS(w.roots, clock))
	if err != nil || serverErr != nil {
		t.Fatal(err, serverErr)
	}
	if got := c.ConnectionState().CurveID; got != tls.X25519MLKEM768 {
		t.Errorf("key exchange %v", got)
	}
	for _, suite := range suites() {
		h := ok[*TLSClientHandshake](t)(NewTLSClientHandshake(
			ClientConfig{Suite: suite, Roots: w.roots, Now: clock}, exporter(t, c)))
		reply, server, err := w.serverWith(ServerConfig{}).TLSHello(h.Hello(), exporter(t, s))
		if err != nil || h.Reply(reply) != nil {
			t.Fatal(err, reply)
		}
		e := ends{h.Session(), server}
		talk(t, e, "before the login")
		e.bind(t)
		talk(t, e, "after it")
		e.talkBulk(t)
	}
}

// talkBulk sends a record on the bulk stream.
func (e ends) talkBulk(t *testing.T) {
	t.Helper()
	out, in := ok[*Sealer](t)(e.server.BulkSealer()), ok[*Opener](t)(e.client.BulkOpener())
	if got, err := receive(in, seal(t, out, text("a page"))); err != nil || len(got) != 1 || got[0] != "a page" {
		t.Errorf("bulk: %q, %v", got, err)
	}
}

// leafWith is a gate whose leaf carries what it should not.
func (w *world) leafWith(certificate []byte) *world {
	w.tb.Helper()
	other, key := *w, *w.gate
	key.leaf = ok[tls.Certificate](w.tb)(newLeaf(key.tls, certificate, &key.body))
	other.gate = &key
	return &other
}

func TestClientTLSRefuses(t *testing.T) {
	w := newWorld(t)
	changed := func(change func(*msgdef.CertificateBody)) *tls.Config {
		body := w.gate.body
		change(&body)
		return w.leafWith(w.root.Certify(body)).tls()
	}
	stranger := ok[*RootKey](t)(NewRootKey(seeded(9)))
	forged := func(c msgdef.Certificate) []byte { c.Signature[0] ^= 1; return c.Append(nil) }
	genuine, _, err := parseCertificate(w.gate.certificate)
	if err != nil {
		t.Fatal(err)
	}
	revoking := ok[*Roots](t)(NewRoots(w.root.Public()))
	revoking.list[0].minSerial = w.gate.body.Serial + 1
	for _, c := range []struct {
		name   string
		server *tls.Config
		roots  *Roots
		now    time.Time
		want   error
	}{
		{"as it should be", w.tls(), w.roots, now, nil},
		{"its own root", w.leafWith(stranger.Certify(w.gate.body)).tls(), w.roots, now, ErrUnknownRoot},
		{"no root's signature", w.leafWith(forged(genuine)).tls(), w.roots, now, ErrSignature},
		{"revoked", w.tls(), revoking, now, ErrRevoked},
		{"too early", w.tls(), w.roots, now.Add(-2 * time.Hour), ErrNotYetValid},
		{"too late", w.tls(), w.roots, now.Add(25 * time.Hour), ErrExpired},
		{"stolen", changed(func(b *msgdef.CertificateBody) { b.TLSKey[0] ^= 1 }), w.roots, now, ErrOtherKey},
		{"for newer clients", changed(func(b *msgdef.CertificateBody) { b.MinVersion = Version + 1 }), w.roots, now, ErrMinVersion},
		{"not a certificate", w.leafWith([]byte("x")).tls(), w.roots, now, ErrMalformed},
	} {
		at := c.now
		if _, _, _, err := shake(t, c.server, ClientTLS(c.roots, func() time.Time { return at })); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

// TestClientTLSRefusesThePublicInternet presents a certificate that is
// well-formed X.509 and says nothing to us.
func TestClientTLSRefusesThePublicInternet(t *testing.T) {
	w := newWorld(t)
	template := &x509.Certificate{SerialNumber: serial(), NotBefore: now, NotAfter: now.Add(time.Hour)}
	der := ok[[]byte](t)(x509.CreateCertificate(nil, template, template, public(w.gate.tls), w.gate.tls))
	server := w.tls()
	server.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: w.gate.tls}, nil
	}
	if _, _, _, err := shake(t, server, ClientTLS(w.roots, clock)); !errors.Is(err, ErrMalformed) {
		t.Errorf("a certificate without ours: %v", err)
	}
	chain := append(w.gate.leaf.Certificate, der)
	server.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		return &tls.Certificate{Certificate: chain, PrivateKey: w.gate.tls}, nil
	}
	if _, _, _, err := shake(t, server, ClientTLS(w.roots, clock)); !errors.Is(err, ErrMalformed) {
		t.Errorf("a chain: %v", err)
	}
}

// TestTLSNeedsTheKeyOfTheLeaf presents the true leaf without having its key.
func TestTLSNeedsTheKeyOfTheLeaf(t *testing.T) {
	w := newWorld(t)
	_, thief, err := ed25519.GenerateKey(seeded(8))
	if err != nil {
		t.Fatal(err)
	}
	server := w.tls()
	server.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		return &tls.Certificate{Certificate: w.gate.leaf.Certificate, PrivateKey: thief}, nil
	}
	if _, _, _, err := shake(t, server, ClientTLS(w.roots, clock)); err == nil {
		t.Error("a session with a thief")
	}
}

func TestTLSOfAnotherProtocol(t *testing.T) {
	w := newWorld(t)
	none, other := ClientTLS(w.roots, clock), ClientTLS(w.roots, clock)
	none.NextProtos, other.NextProtos = nil, []string{"h3"}
	if _, _, _, client := shake(t, w.tls(), none); !errors.Is(client, ErrALPN) {
		t.Errorf("no protocol: client has %v", client)
	}
	none.VerifyConnection = nil
	if _, _, server, _ := shake(t, w.tls(), none); !errors.Is(server, ErrALPN) {
		t.Errorf("no protocol: gate has %v", server)
	}
	if _, _, server, client := shake(t, w.tls(), other); client == nil || server == nil {
		t.Errorf("another protocol: gate has %v, client %v", server, client)
	}
	classical := ClientTLS(w.roots, clock)
	classical.CurvePreferences = []tls.CurveID{tls.X25519}
	if _, _, server, client := shake(t, w.tls(), classical); client == nil || server == nil {
		t.Errorf("no ML-KEM: gate has %v, client %v", server, client)
	}
}

// TestANewGateKeyIsUsedAtOnce changes the key between two connections.
func TestANewGateKeyIsUsedAtOnce(t *testing.T) {
	w := newWorld(t)
	server := w.tls()
	for seed := range byte(2) {
		w.gate = ok[*GateKey](t)(NewGateKey(seeded(40+seed), w.root, "next", now, now))
		_, c, _, err := shake(t, server, ClientTLS(w.roots, clock))
		if err != nil {
			t.Fatal(err)
		}
		if _, key, _ := readLeaf(c.ConnectionState().PeerCertificates[0]); !key.Equal(public(w.gate.tls)) {
			t.Errorf("key %d: the gate used another", seed)
		}
	}
}

// FuzzLeaf feeds the reader of certificates in TLS, and the judge behind it.
func FuzzLeaf(f *testing.F) {
	w := newWorld(f)
	f.Add(w.gate.leaf.Certificate[0])
	f.Fuzz(func(t *testing.T, der []byte) {
		leaf, err := x509.ParseCertificate(der)
		if err != nil {
			return
		}
		state := tls.ConnectionState{PeerCertificates: []*x509.Certificate{leaf}}
		key, _ := leaf.PublicKey.(ed25519.PublicKey)
		if err := w.roots.checkLeaf(&state, now); err == nil && !key.Equal(public(w.gate.tls)) {
			t.Fatal("accepted a leaf of another key")
		}
	})
}
