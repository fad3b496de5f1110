package node

import (
	"crypto/rand"
	"crypto/tls"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sim-im/sim/gate"
	"github.com/sim-im/sim/msgdef/secure"
	"github.com/sim-im/sim/tools/keys"
	"github.com/sim-im/sim/tools/ops"
)

// TestPrepare tells every mistake of new settings at once and changes nothing;
// and then has a gate with a user take new keys, which the next handshake sees.
func TestPrepare(t *testing.T) {
	w := newWorld(t)
	authority := newAuthority(t)
	first, second := authority.certify(t, "first"), authority.certify(t, "second")
	w.imservice("m1")
	w.ready(w.route("r1"))
	o := w.gateOptions("g1")
	o.WS = ops.WebSocket{Listen: "127.0.0.1:0", Cert: first.Cert, Key: first.Key}
	g, err := StartGate(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	w.closes(g)
	w.ready(g)
	alice := w.user("alice", g.Addr())
	serial := g.key.Load().Body().Serial

	wrong := o
	wrong.Key = keys.FromFile(endedKey(t, w))
	wrong.WS.Cert = second.Cert + ".missing"
	wrong.TicketKeys = second.Cert
	wrong.Limits = gate.Limits{Connections: -1}
	_, err = g.Prepare(wrong)
	for _, want := range []string{"--key, --root-key: the certificate of \"old\" has ended", "--ws-cert, --ws-key: open", "--ticket-keys: ", "is negative"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("lacks %q: %v", want, err)
		}
	}
	wrong = o
	wrong.Key = nil
	if _, err := g.Prepare(wrong); err == nil {
		t.Error("without a key")
	}
	if seen := w.browserSees(g); seen != "first" || g.key.Load().Body().Serial != serial {
		t.Errorf("settings with mistakes are in use: %s", seen)
	}

	next := o
	next.Key = keys.FromRoot(w.keys.RootKeyFile(), "g1", func() time.Time { return time.Now().Add(time.Minute) })
	next.WS.Cert, next.WS.Key = second.Cert, second.Key
	next.Limits = gate.Limits{Connections: 100}
	commit, err := g.Prepare(next)
	if err != nil {
		t.Fatal(err)
	}
	commit()
	if seen := w.browserSees(g); seen != "second" || g.key.Load().Body().Serial <= serial {
		t.Errorf("the new settings are not in use: %s", seen)
	}
	w.await("certificate in the metrics", func() bool {
		return strings.Contains(w.get("http://"+g.HTTPAddr()+"/metrics"), "sim_gate_certificate_left_days 28.0")
	})
	bob := w.user("bob", g.Addr())
	alice.writes(bob, "still here")
	bob.reads("still here")
}

// browserSees returns the name in the certificate that browsers get.
func (w *world) browserSees(g *Gate) string {
	w.t.Helper()
	conn, err := tls.Dial("tcp", g.browsers.Addr(), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		w.t.Fatal(err)
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0].DNSNames[0]
}

// endedKey returns a file of a gate's key whose certificate has ended.
func endedKey(t *testing.T, w *world) string {
	t.Helper()
	root, err := keys.ReadRoot(w.keys.RootKeyFile())
	if err != nil {
		t.Fatal(err)
	}
	old, err := secure.NewGateKey(rand.Reader, root, "old", time.Now().Add(-2*time.Hour), time.Now().Add(-time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "old.key")
	if err := os.WriteFile(file, old.Encode(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestEndedCertificate starts a gate whose certificate has ended: it says so in
// its log, and that it is not ready.
func TestEndedCertificate(t *testing.T) {
	w := newWorld(t)
	o := w.gateOptions("g1")
	o.Key = keys.FromFile(endedKey(t, w))
	g, err := StartGate(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	w.closes(g)
	w.readyz(g.HTTPAddr(), `certificate: the certificate of "old" has ended`)
	w.await("a word in the log", func() bool {
		return strings.Contains(w.log.String(), `level=ERROR msg="the gate's certificate has ended: clients refuse this gate"`)
	})
}
