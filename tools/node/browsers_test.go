package node

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"os"
	"strings"
	"testing"

	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/gate/transport/websocket"
	"github.com/sim-im/sim/tools/ops"
)

// TestBrowsers connects a user over wss.
func TestBrowsers(t *testing.T) {
	w := newWorld(t)
	authority := newAuthority(t)
	files := authority.certify(t, "gate.example")
	w.imservice("m1")
	w.ready(w.route("r1"))
	o := w.gateOptions("g1")
	o.WS = ops.WebSocket{Listen: "127.0.0.1:0", Cert: files.Cert, Key: files.Key}
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
