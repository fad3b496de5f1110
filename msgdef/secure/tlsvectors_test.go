package secure

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
)

// tlsVector is a whole session inside TLS, of which TLS itself is an input:
// what it exports. Inputs come first; what follows is computed from them.
type tlsVector struct {
	Suite Suite `json:"suite"`
	Now   int64 `json:"now"` // Unix seconds

	RootSeed    hexBytes `json:"root_seed"`
	GateStatic  hexBytes `json:"gate_static"`
	GateTLSSeed hexBytes `json:"gate_tls_seed"`
	Exported    hexBytes `json:"exported"` // 32 bytes, of exporter_label and exporter_context
	SessionID   hexBytes `json:"session_id"`
	Login       hexBytes `json:"login"`
	LoginOK     hexBytes `json:"login_ok"`

	Certificate     hexBytes `json:"certificate"`
	X509            hexBytes `json:"x509"` // of the gate in TLS, DER
	ExporterLabel   string   `json:"exporter_label"`
	ExporterContext hexBytes `json:"exporter_context"`
	Hello           hexBytes `json:"hello"`
	Reply           hexBytes `json:"reply"`
	Base            hexBytes `json:"base"`
	LoginUp         keys     `json:"login_up"`
	LoginDown       keys     `json:"login_down"`
	SessionSecret   hexBytes `json:"session_secret"`
	SessionUp       keys     `json:"session_up"`
	SessionDown     keys     `json:"session_down"`
	SessionBulk     keys     `json:"session_bulk"`
	Records         []sealed `json:"records"` // in order; the first two are under the login keys
}

func TestTLSVectors(t *testing.T) { holdVectors(t, "tls", tlsInputs) }

// tlsInputs chooses what a vector starts from.
func tlsInputs(_ *testing.T, suite Suite) tlsVector {
	random := seeded(100 + byte(suite))
	draw := func(n int) hexBytes {
		b := make([]byte, n)
		_, _ = random.Read(b) // ChaCha8 does not fail
		return b
	}
	v := tlsVector{
		Suite: suite, Now: now.Unix(),
		RootSeed: draw(32), GateStatic: draw(32), GateTLSSeed: draw(32), Exported: draw(32), SessionID: draw(16),
	}
	v.Login, v.LoginOK = loginBodies([16]byte(v.SessionID))
	return v
}

func (v *tlsVector) onlyInputs() tlsVector {
	return tlsVector{
		Suite: v.Suite, Now: v.Now, RootSeed: v.RootSeed, GateStatic: v.GateStatic, GateTLSSeed: v.GateTLSSeed,
		Exported: v.Exported, SessionID: v.SessionID, Login: v.Login, LoginOK: v.LoginOK,
	}
}

// compute runs the session and fills in the rest.
func (v *tlsVector) compute(t *testing.T) {
	t.Helper()
	e := v.handshake(t)
	v.Base = bytes.Clone(e.client.origin.base[:]) // Bind erases it
	v.LoginUp, v.LoginDown = keysOf(e.client.Out.secret), keysOf(e.server.Out.secret)
	v.say(t, "up", &e.client.Out, &e.server.In, frame.AppendRaw(nil, msgdef.TypeLogin, v.Login))
	v.say(t, "down", &e.server.Out, &e.client.In, frame.AppendRaw(nil, msgdef.TypeLoginOK, v.LoginOK))

	root := e.client.origin.base.session([16]byte(v.SessionID), transcriptHash(v.Login, v.LoginOK))
	v.SessionSecret = root[:]
	for _, s := range []*Session{e.client, e.server} {
		if err := s.Bind([16]byte(v.SessionID), v.Login, v.LoginOK); err != nil {
			t.Fatal(err)
		}
	}
	out, in := ok[*Sealer](t)(e.server.BulkSealer()), ok[*Opener](t)(e.client.BulkOpener())
	v.SessionUp, v.SessionDown, v.SessionBulk = keysOf(e.client.Out.secret), keysOf(e.server.Out.secret), keysOf(out.secret)
	v.say(t, "up", &e.client.Out, &e.server.In, frame.Append(nil, &msgdef.GetMsg{Req: 1}))
	for n := range uint64(2) {
		v.say(t, "down", &e.server.Out, &e.client.In, frame.Append(nil, &msgdef.Pong{Nonce: n, Head: 9}))
		v.say(t, "bulk", out, in, frame.Append(nil, &msgdef.MsgPage{Req: 1, Head: 9, Last: n == 1}))
	}
}

func (v *tlsVector) handshake(t *testing.T) ends {
	t.Helper()
	at := time.Unix(v.Now, 0)
	w := &world{tb: t, root: ok[*RootKey](t)(NewRootKey(bytes.NewReader(v.RootSeed)))}
	secrets := bytes.NewReader(slices.Concat(v.GateStatic, v.GateTLSSeed))
	w.gate = ok[*GateKey](t)(NewGateKey(secrets, w.root, "gate-1", at.Add(-time.Hour), at.Add(24*time.Hour)))
	w.roots = ok[*Roots](t)(NewRoots(w.root.Public()))
	export := func(label string, context []byte, n int) ([]byte, error) {
		v.ExporterLabel, v.ExporterContext = label, bytes.Clone(context)
		return bytes.Clone(v.Exported[:n]), nil
	}
	c := w.tlsClient(ClientConfig{Suite: v.Suite, Accept: suites()}, export)
	reply, server, err := w.serverWith(ServerConfig{}).TLSHello(c.Hello(), export)
	if err != nil || c.Reply(reply) != nil {
		t.Fatal(err, reply)
	}
	v.Certificate, v.X509, v.Hello, v.Reply = w.gate.Certificate(), w.gate.leaf.Certificate[0], c.Hello(), reply
	return ends{c.Session(), server}
}

// say seals frames, checks that the other side reads them, and notes both.
func (v *tlsVector) say(t *testing.T, direction string, out *Sealer, in *Opener, frames []byte) {
	t.Helper()
	records := seal(t, out, frames)
	v.Records = append(v.Records, sealed{direction, frames, records})
	if got, err := receive(in, records); err != nil || len(got) == 0 {
		t.Fatalf("%s: %q, %v", direction, got, err)
	}
}
