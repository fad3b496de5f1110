package node

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/gate/transport/websocket"
)

// TestBrowsers connects a user over wss.
func TestBrowsers(t *testing.T) {
	w := newWorld(t)
	authority := newAuthority(t)
	files := authority.certify(t, "gate.example")
	w.imservice("m1")
	w.ready(w.route("r1"))
	o := w.gateOptions("g1")
	o.WS = WebSocket{Listen: "127.0.0.1:0", Cert: files.Cert, Key: files.Key}
	g, err := StartGate(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	w.closes(g)
	w.ready(g)
	if !strings.HasPrefix(g.WSURL(), "wss://127.0.0.1:") || !strings.HasSuffix(g.WSURL(), "/sim") {
		t.Errorf("browsers connect to %s", g.WSURL())
	}
	text, err := os.ReadFile(files.CA)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(text)
	w.dialer = elsewhere{websocket.Dialer{TLS: &tls.Config{RootCAs: roots, ServerName: "gate.example"}}, g.browsers.Addr()}
	if alice := w.user("alice", g.Addr()); alice.UID() == 0 {
		t.Error("no login")
	}
}

// elsewhere dials one address whatever it is told.
type elsewhere struct {
	transport.Dialer
	addr string
}

func (e elsewhere) Dial(ctx context.Context, _ string) (transport.Conn, error) {
	return e.Dialer.Dial(ctx, e.addr)
}

// TestCertificate reads files anew after a minute, and keeps the last one that
// could be read.
func TestCertificate(t *testing.T) {
	authority := newAuthority(t)
	first, second := authority.certify(t, "first"), authority.certify(t, "second")
	now := time.Now()
	c := &certificate{cert: first.Cert, key: first.Key, now: func() time.Time { return now }}
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
	if _, err := (&certificate{cert: second.Cert, key: second.Key, now: time.Now}).get(nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no key: %v", err)
	}
}

// TestBrowsersOptions lists mistakes.
func TestBrowsersOptions(t *testing.T) {
	for want, ws := range map[string]WebSocket{
		"--ws: is needed":               {Cert: "c", Key: "k"},
		"--ws: is needed for":           {Origins: []string{"localhost:5173"}},
		"--ws-cert and --ws-key: give":  {Listen: "127.0.0.1:1", Key: "k"},
		"--ws: 10.0.0.1:1 is reached":   {Listen: "10.0.0.1:1"},
		`--ws: "x" is not HOST:PORT`:    {Listen: "x"},
		`--ws-origin: websocket: origi`: {Listen: "127.0.0.1:1", Origins: []string{"*"}},
	} {
		if err := errors.Join(ws.validate()...); err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%+v: %v", ws, err)
		}
	}
	if errs := (WebSocket{}).validate(); len(errs) > 0 {
		t.Errorf("nothing is right as well: %v", errs)
	}
}
