package node

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/imservice"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/tools/ops"
)

// mediaService starts a message service that serves media with a certificate.
func (w *world) mediaService(id string, files Credentials) *IMService {
	w.t.Helper()
	folder := w.t.TempDir()
	s, err := StartIMService(w.t.Context(), IMServiceOptions{
		Common: w.common(id), Data: filepath.Join(folder, "store"), MinFree: -1, OpenRegistration: true,
		Password: imservice.PasswordCost{MemoryKiB: 64, Iterations: 1, Parallelism: 1},
		Media: ops.MediaOptions{
			Listen: "127.0.0.1:0", Dir: filepath.Join(folder, "media"), Most: 1 << 20, Cert: files.Cert, Key: files.Key,
		},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.closes(s)
	return s
}

// withHTTP connects a user whose media go through an HTTP client.
func (w *world) withHTTP(name, addr string, through *http.Client) *client.Client {
	w.t.Helper()
	c, err := client.New(client.Options{
		Address: addr, Roots: w.roots, Account: name, Password: "secret of " + name, Dialer: w.dialer, HTTP: through,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = c.Close() })
	if err := c.Connect(w.within()); err != nil {
		w.t.Fatal(err)
	}
	return c
}

// TestMediaOverTLS uploads and downloads over https, in a cluster. Who does not trust
// the certificate gets nothing, and neither does plaintext.
func TestMediaOverTLS(t *testing.T) {
	w := newWorld(t)
	files := newAuthority(t).certify(t, "media.example")
	service := w.mediaService("m1", files)
	if !strings.HasPrefix(service.MediaURL(), "https://127.0.0.1:") {
		t.Errorf("media are at %s", service.MediaURL())
	}
	w.ready(w.route("r1"))
	g := w.gate("g1")
	w.ready(g)

	text, err := os.ReadFile(files.CA)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(text)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "media.example"}}
	t.Cleanup(transport.CloseIdleConnections)
	trusting := &http.Client{Transport: transport}
	alice, bob := w.withHTTP("alice", g.Addr(), trusting), w.withHTTP("bob", g.Addr(), trusting)

	content := []byte("A text of some lines,\nwhich is a document.\n")
	m, err := alice.Upload(w.within(), client.File{Name: "note.txt", Content: bytes.NewReader(content)})
	if err != nil {
		t.Fatal(err)
	}
	pair := msgdef.Pair(alice.UID(), bob.UID())
	sent, err := alice.Send(w.within(), pair, client.KindOf(m), m.Append(nil))
	if err != nil {
		t.Fatal(err)
	}
	ref := msgdef.MediaRef{ID: m.ID, Conv: pair, CSeq: sent.CSeq}
	var got bytes.Buffer
	if _, err := bob.Download(w.within(), ref, client.Target{To: &got}); err != nil || !bytes.Equal(got.Bytes(), content) {
		t.Errorf("%q, %v", got.Bytes(), err)
	}

	doubting := w.withHTTP("alice", g.Addr(), &http.Client{Transport: &http.Transport{DisableKeepAlives: true}})
	var unproven *tls.CertificateVerificationError
	if _, err := doubting.Download(w.within(), ref, client.Target{To: new(bytes.Buffer)}); !errors.As(err, &unproven) || !errors.Is(err, client.ErrMedia) {
		t.Errorf("without trust: %v", err)
	}
	answer, err := http.Get("http" + strings.TrimPrefix(service.MediaURL(), "https"))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusBadRequest {
		t.Errorf("in plaintext: %s", answer.Status)
	}
}

// TestMediaCertificate refuses files that are none, before anything is served.
func TestMediaCertificate(t *testing.T) {
	w := newWorld(t)
	_, err := StartIMService(t.Context(), IMServiceOptions{
		Common: w.common("m1"), Data: filepath.Join(t.TempDir(), "store"), MinFree: -1,
		Media: ops.MediaOptions{Listen: "127.0.0.1:0", Dir: t.TempDir(), Cert: "missing.pem", Key: "missing.key"},
	})
	var wrong *OptionsError
	if !errors.As(err, &wrong) || !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "--media-cert, --media-key: ") {
		t.Errorf("%v", err)
	}
}
