package secure

import (
	"bytes"
	"errors"
	"math/big"
	"testing"

	"github.com/sim-im/sim/msgdef"
)

func serial() *big.Int { return big.NewInt(1) }

// export is the exporter of a made-up connection: a function of its arguments.
func export(label string, context []byte, n int) ([]byte, error) {
	return bytes.Repeat([]byte{byte(len(label)) + context[4]}, n), nil
}

func (w *world) tlsClient(c ClientConfig, e Exporter) *TLSClientHandshake {
	w.tb.Helper()
	c.Roots, c.Now = w.roots, clock
	return ok[*TLSClientHandshake](w.tb)(NewTLSClientHandshake(c, e))
}

// connectTLS returns both sides of a session inside TLS.
func (w *world) connectTLS(suite Suite) ends {
	w.tb.Helper()
	c := w.tlsClient(ClientConfig{Suite: suite}, export)
	reply, server, err := w.serverWith(ServerConfig{}).TLSHello(c.Hello(), export)
	if err != nil || c.Reply(reply) != nil {
		w.tb.Fatal(err, reply)
	}
	return ends{c.Session(), server}
}

func TestTLSPackets(t *testing.T) {
	w := newWorld(t)
	c := w.tlsClient(ClientConfig{Suite: HybridChaCha}, export)
	if want := []byte("SIM\x01\x02\x01\x00\x00"); !bytes.Equal(c.Hello(), want) {
		t.Errorf("hello %x, want %x", c.Hello(), want)
	}
	for n := range 8 {
		if got, err := TLSHelloSize(c.Hello()[:n]); got != 0 || err != nil {
			t.Errorf("%d bytes of hello: %d, %v", n, got, err)
		}
	}
	if n, err := TLSHelloSize(append(c.Hello(), "Login"...)); n != 8 || err != nil {
		t.Errorf("hello with Login behind it: %d, %v", n, err)
	}
	if n, err := TLSReplySize([]byte{1, 0, 0, 9}); n != 3 || err != nil {
		t.Errorf("reply: %d, %v", n, err)
	}
	for _, bad := range [][]byte{{1, 1, 0}, {2, 0, 0}, {3}} {
		if _, err := TLSReplySize(bad); !errors.Is(err, ErrMalformed) {
			t.Errorf("reply %x: %v", bad, err)
		}
	}
	long := w.client(HybridAESGCM, 3).Hello()
	if _, err := TLSHelloSize(long); !errors.Is(err, ErrMalformed) {
		t.Errorf("a hello of Noise inside TLS: %v", err)
	}
	if _, err := HelloSize(c.Hello()); !errors.Is(err, ErrMalformed) {
		t.Errorf("a hello of TLS outside: %v", err)
	}
}

func TestTLSRefusals(t *testing.T) {
	w := newWorld(t)
	c := w.tlsClient(ClientConfig{Suite: HybridAESGCM}, export)
	reply, s, err := w.serverWith(ServerConfig{Admit: []Suite{HybridChaCha}}).TLSHello(c.Hello(), export)
	var atServer, atClient *RefusedError
	if s != nil || !errors.As(err, &atServer) || atServer.Refusal.Code != msgdef.CodeSuite {
		t.Fatalf("gate has %v, %v", s, err)
	}
	if n, err := TLSReplySize(reply); n != len(reply) || err != nil {
		t.Errorf("refusal of %d bytes measures %d, %v", len(reply), n, err)
	}
	if err := c.Reply(reply); !errors.As(err, &atClient) || atClient.Refusal.Suites[0] != byte(HybridChaCha) {
		t.Errorf("client has %v", err)
	}
	if err := c.Reply(reply); !errors.Is(err, ErrSpent) {
		t.Errorf("a second reply: %v", err)
	}
	failing := func(string, []byte, int) ([]byte, error) { return nil, errors.New("no keys yet") }
	if _, _, err := w.serverWith(ServerConfig{}).TLSHello(c.Hello(), failing); err == nil {
		t.Error("a session without keys")
	}
	short := func(string, []byte, int) ([]byte, error) { return make([]byte, 31), nil }
	if _, err := NewTLSClientHandshake(ClientConfig{Roots: w.roots, Now: clock}, short); err == nil {
		t.Error("a session of 31 bytes")
	}
}

// TestTLSBindsTheHello changes the suite on the way, as somebody inside TLS
// could not: the two ends then have different keys.
func TestTLSBindsTheHello(t *testing.T) {
	w := newWorld(t)
	c := w.tlsClient(ClientConfig{Suite: HybridAESGCM}, export)
	packet := bytes.Clone(c.Hello())
	packet[4] = byte(ClassicalAESGCM) // the same cipher
	_, server, err := w.serverWith(ServerConfig{}).TLSHello(packet, export)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := receive(&server.In, seal(t, &c.Session().Out, text("login"))); !errors.Is(err, ErrAuth) {
		t.Errorf("a record under the keys of another Hello: %v", err)
	}
}

// TestOneChangedBitOfTheSessionIDOverTLS is the test of flip_test.go with keys
// of TLS, and with the bulk stream.
func TestOneChangedBitOfTheSessionIDOverTLS(t *testing.T) {
	w := newWorld(t)
	for bit := range 128 {
		e := w.connectTLS(HybridChaCha)
		id := sessionID()
		bindTo(t, e.server, id, "login", "login ok")
		bindTo(t, e.client, [16]byte(flip(id[:], bit)), "login", "login ok")
		noneOpens(t, e, bit)
		out, in := ok[*Sealer](t)(e.server.BulkSealer()), ok[*Opener](t)(e.client.BulkOpener())
		if got, err := receive(in, seal(t, out, text("x"))); !errors.Is(err, ErrAuth) {
			t.Fatalf("bit %d, bulk: %q, %v", bit, got, err)
		}
	}
}

func TestBulkHasKeysOfItsOwn(t *testing.T) {
	w := newWorld(t)
	e := w.connectTLS(HybridAESGCM)
	if _, err := e.server.BulkSealer(); !errors.Is(err, ErrNoBulk) {
		t.Errorf("before the login: %v", err)
	}
	e.bind(t)
	if _, err := e.server.BulkOpener(); !errors.Is(err, ErrNoBulk) {
		t.Errorf("the gate opens: %v", err)
	}
	if _, err := e.client.BulkSealer(); !errors.Is(err, ErrNoBulk) {
		t.Errorf("the client seals: %v", err)
	}
	out := ok[*Sealer](t)(e.server.BulkSealer())
	if _, err := e.server.BulkSealer(); !errors.Is(err, ErrNoBulk) {
		t.Errorf("one key from 0 twice: %v", err)
	}
	if _, err := receive(&e.client.In, seal(t, out, text("x"))); !errors.Is(err, ErrAuth) {
		t.Errorf("a record of the bulk stream on the main one: %v", err)
	}
	noise := w.bound(HybridAESGCM)
	if _, err := noise.server.BulkSealer(); !errors.Is(err, ErrNoBulk) {
		t.Errorf("outside TLS: %v", err)
	}
}

// FuzzTLSHello feeds a gate inside TLS.
func FuzzTLSHello(f *testing.F) {
	s := newWorld(f).server(4)
	f.Add([]byte("SIM\x01\x01\x01\x00\x00"))
	f.Add([]byte("SIM\x02\x01\x01"))
	f.Add([]byte("SIM\x01\x07\x01\x00\x00"))
	f.Fuzz(func(t *testing.T, packet []byte) {
		n, err := TLSHelloSize(packet)
		if err != nil || n == 0 {
			return
		}
		reply, session, err := s.TLSHello(packet[:n], export)
		if (session == nil) != (err != nil) {
			t.Fatalf("session %v with %v", session, err)
		}
		if size, err := TLSReplySize(reply); reply != nil && (size != len(reply) || err != nil) {
			t.Fatalf("reply of %d bytes measures %d, %v", len(reply), size, err)
		}
	})
}
