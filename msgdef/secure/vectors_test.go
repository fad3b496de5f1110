package secure

import (
	"bytes"
	"crypto/mlkem"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/flynn/noise"
	"github.com/google/go-cmp/cmp"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
	"github.com/sim-im/sim/msgdef/vectors"
)

var update = flag.Bool("update", false, "write msgdef/vectors/session-*.json anew")

// vector is a whole session of one suite, for other implementations as much as
// for this one. Inputs come first; what follows is computed from them.
type vector struct {
	Suite Suite `json:"suite"`
	Now   int64 `json:"now"` // Unix seconds

	RootSeed         hexBytes `json:"root_seed"`
	GateStatic       hexBytes `json:"gate_static"`       // X25519 private key
	GateTLSSeed      hexBytes `json:"gate_tls_seed"`     // of its Ed25519 key, which is in the certificate
	GateEphemeral    hexBytes `json:"gate_ephemeral"`    // X25519 private key
	ClientMLKEMSeed  hexBytes `json:"client_mlkem_seed"` // d ‖ z, none in a classical suite
	ClientEphemeral  hexBytes `json:"client_ephemeral"`  // X25519 private key
	EncapsulationM   hexBytes `json:"encapsulation_m"`   // FIPS 203's m, none in a classical suite
	SessionID        hexBytes `json:"session_id"`
	Login            hexBytes `json:"login"`              // body of the frame
	LoginOK          hexBytes `json:"login_ok"`           // body of the frame
	RecordsUntilNext uint64   `json:"records_until_next"` // of a key, lowered so that the vector shows a KeyUpdate

	Certificate   hexBytes `json:"certificate"`
	Hello         hexBytes `json:"hello"`
	Reply         hexBytes `json:"reply"`
	HandshakeHash hexBytes `json:"handshake_hash"`
	K1            hexBytes `json:"k1"`
	K2            hexBytes `json:"k2"`
	MLKEMSecret   hexBytes `json:"mlkem_secret"` // none in a classical suite
	Base          hexBytes `json:"base"`
	LoginUp       keys     `json:"login_up"`
	LoginDown     keys     `json:"login_down"`
	SessionSecret hexBytes `json:"session_secret"`
	SessionUp     keys     `json:"session_up"`
	SessionDown   keys     `json:"session_down"`
	NextUp        keys     `json:"next_up"` // after one KeyUpdate
	NextDown      keys     `json:"next_down"`
	Resume        hexBytes `json:"resume"`
	Records       []sealed `json:"records"` // in order; the first two are under the login keys
}

type keys struct {
	Secret hexBytes `json:"secret"`
	Key    hexBytes `json:"key"`
	IV     hexBytes `json:"iv"`
}

// sealed is what one call of a Sealer made of frames: one record, or a
// KeyUpdate and one.
type sealed struct {
	Direction string   `json:"direction"` // up or down
	Frames    hexBytes `json:"frames"`
	Records   hexBytes `json:"records"`
}

type hexBytes []byte

func (h hexBytes) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(h)), nil }
func (h *hexBytes) UnmarshalText(t []byte) (err error) {
	*h, err = hex.DecodeString(string(t))
	return err
}

// computed is a vector, which compute fills in from its inputs.
type computed[V any] interface {
	*V
	onlyInputs() V
	compute(t *testing.T)
}

// holdVectors compares the vectors of each suite with what the code makes of
// their inputs, or writes them anew.
func holdVectors[V any, P computed[V]](t *testing.T, kind string, inputs func(*testing.T, Suite) V) {
	for _, suite := range suites() {
		t.Run(suite.String(), func(t *testing.T) {
			file := kind + "-" + suite.String() + ".json"
			if *update {
				got := inputs(t, suite)
				P(&got).compute(t)
				text := ok[[]byte](t)(json.MarshalIndent(got, "", "  "))
				if err := os.WriteFile(filepath.Join("..", "vectors", file), append(text, '\n'), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			var want V
			if err := json.Unmarshal(ok[[]byte](t)(vectors.Read(file)), &want); err != nil {
				t.Fatal(err)
			}
			got := P(&want).onlyInputs()
			P(&got).compute(t)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the protocol changed (-%s +computed):\n%s", file, diff)
			}
		})
	}
}

func TestVectors(t *testing.T) { holdVectors(t, "session", inputs) }

// inputs chooses what a vector starts from.
func inputs(t *testing.T, suite Suite) vector {
	t.Helper()
	random := seeded(byte(suite))
	draw := func(n int) hexBytes {
		b := make([]byte, n)
		_, _ = random.Read(b) // ChaCha8 does not fail
		return b
	}
	v := vector{
		Suite: suite, Now: now.Unix(), RecordsUntilNext: 2,
		RootSeed: draw(32), GateStatic: draw(32), GateEphemeral: draw(32), ClientEphemeral: draw(32), SessionID: draw(16),
	}
	v.GateTLSSeed = draw(32)
	if suite.Hybrid() {
		v.ClientMLKEMSeed, v.EncapsulationM = draw(64), draw(32)
	}
	v.Login, v.LoginOK = loginBodies([16]byte(v.SessionID))
	return v
}

// loginBodies are the two frames of every vector.
func loginBodies(session [16]byte) (login, loginOK hexBytes) {
	asked := msgdef.Login{
		Versions: []byte{Version}, Suites: suiteBytes(suites()), Method: msgdef.AuthPassword, Account: "alice",
		Secret: []byte("correct horse"), Device: 7, Platform: msgdef.PlatformDesktop, App: "vectors", SDK: "go", Heartbeat: 60,
	}
	accepted := msgdef.LoginOK{Session: session, UID: 42, Account: "alice", Time: now.UnixMilli(), Heartbeat: 60, MaxBody: msgdef.MaxBody}
	return asked.Append(nil), accepted.Append(nil)
}

func (v *vector) onlyInputs() vector {
	return vector{
		Suite: v.Suite, Now: v.Now, RootSeed: v.RootSeed, GateStatic: v.GateStatic, GateTLSSeed: v.GateTLSSeed, GateEphemeral: v.GateEphemeral,
		ClientMLKEMSeed: v.ClientMLKEMSeed, ClientEphemeral: v.ClientEphemeral, EncapsulationM: v.EncapsulationM,
		SessionID: v.SessionID, Login: v.Login, LoginOK: v.LoginOK, RecordsUntilNext: v.RecordsUntilNext,
	}
}

// compute runs the session and fills in the rest.
func (v *vector) compute(t *testing.T) {
	t.Helper()
	e := v.handshake(t)
	v.noise(t)
	v.Base = bytes.Clone(e.client.origin.base[:]) // Bind erases it
	v.LoginUp, v.LoginDown = keysOf(e.client.Out.secret), keysOf(e.server.Out.secret)
	v.say(t, e, "up", frame.AppendRaw(nil, msgdef.TypeLogin, v.Login))
	v.say(t, e, "down", frame.AppendRaw(nil, msgdef.TypeLoginOK, v.LoginOK))

	root := e.client.origin.base.session([16]byte(v.SessionID), transcriptHash(v.Login, v.LoginOK))
	v.SessionSecret = root[:]
	for _, s := range []*Session{e.client, e.server} {
		if err := s.Bind([16]byte(v.SessionID), v.Login, v.LoginOK); err != nil {
			t.Fatal(err)
		}
	}
	resume := e.client.ResumeSecret()
	v.Resume = resume[:]
	v.SessionUp, v.SessionDown = keysOf(e.client.Out.secret), keysOf(e.server.Out.secret)
	for n := range 3 { // the third comes after a KeyUpdate
		ping := frame.Append(nil, &msgdef.Ping{Nonce: uint64(n)})
		v.say(t, e, "up", append(ping, frame.Append(nil, &msgdef.Ack{USeq: 9})...))
		v.say(t, e, "down", frame.Append(nil, &msgdef.Pong{Nonce: uint64(n), Head: 9}))
	}
	v.NextUp, v.NextDown = keysOf(e.client.Out.secret), keysOf(e.server.Out.secret)
}

func (v *vector) handshake(t *testing.T) ends {
	t.Helper()
	at := time.Unix(v.Now, 0)
	w := &world{tb: t, root: ok[*RootKey](t)(NewRootKey(bytes.NewReader(v.RootSeed)))}
	w.gate = ok[*GateKey](t)(NewGateKey(bytes.NewReader(slices.Concat(v.GateStatic, v.GateTLSSeed)), w.root, "gate-1", at.Add(-time.Hour), at.Add(24*time.Hour)))
	w.roots = ok[*Roots](t)(NewRoots(w.root.Public()))
	limits := Limits{Records: v.RecordsUntilNext}
	c := w.clientWith(ClientConfig{Suite: v.Suite, Accept: suites(), Rand: bytes.NewReader(slices.Concat(v.ClientMLKEMSeed, v.ClientEphemeral)), Limits: limits})
	s := w.serverWith(ServerConfig{Rand: bytes.NewReader(v.GateEphemeral), encapsulate: encapsulateWith(bytes.NewReader(v.EncapsulationM)), Limits: limits})
	reply, server, err := s.Hello(c.Hello())
	if err != nil {
		t.Fatal(err)
	}
	v.Certificate, v.Hello, v.Reply = w.gate.Certificate(), c.Hello(), reply
	return ends{ok[*Session](t)(c.Reply(reply)), server}
}

// libraryNoise is Suite.noise with nothing of ours.
func libraryNoise(s Suite) noise.CipherSuite {
	if s.chacha() {
		return noise.NewCipherSuite(noise.DH25519, noise.CipherChaChaPoly, noise.HashSHA256)
	}
	return noise.NewCipherSuite(noise.DH25519, noise.CipherAESGCM, noise.HashSHA256)
}

// noise runs the client's handshake again with the library's own functions, and
// notes what it agrees on.
func (v *vector) noise(t *testing.T) {
	t.Helper()
	var body msgdef.ClientHello
	var kem *mlkem.DecapsulationKey768
	if v.Suite.Hybrid() {
		kem = ok[*mlkem.DecapsulationKey768](t)(mlkem.NewDecapsulationKey768(v.ClientMLKEMSeed))
		body.EncapsulationKey = kem.EncapsulationKey().Bytes()
	}
	state := ok[*noise.HandshakeState](t)(noise.NewHandshakeState(noise.Config{
		CipherSuite: libraryNoise(v.Suite), Random: bytes.NewReader(v.ClientEphemeral),
		Pattern: noise.HandshakeNX, Initiator: true, Prologue: v.Hello[:prologueSize],
	}))
	message, _, _, err := state.WriteMessage(nil, body.Append(nil))
	if err != nil || !bytes.Equal(message, v.Hello[helloHeader:]) {
		t.Fatalf("message 1 %x, %v", message, err)
	}
	payload, k1, k2, err := state.ReadMessage(nil, v.Reply[replyHeader:])
	if err != nil {
		t.Fatal(err)
	}
	var answer msgdef.ServerHello
	if err := answer.Decode(payload); err != nil {
		t.Fatal(err)
	}
	up, down := k1.UnsafeKey(), k2.UnsafeKey()
	v.HandshakeHash, v.K1, v.K2 = state.ChannelBinding(), up[:], down[:]
	v.MLKEMSecret = hexBytes{}
	if kem != nil {
		v.MLKEMSecret = ok[[]byte](t)(kem.Decapsulate(answer.Ciphertext))
	}
}

// say seals frames, checks that the other side reads them, and notes both.
func (v *vector) say(t *testing.T, e ends, direction string, frames []byte) {
	t.Helper()
	d := e.directions()[0]
	if direction == "down" {
		d = e.directions()[1]
	}
	records := seal(t, d.out, frames)
	v.Records = append(v.Records, sealed{direction, frames, records})
	if got, err := receive(d.in, records); err != nil || len(got) == 0 {
		t.Fatalf("%s: %q, %v", direction, got, err)
	}
}

func keysOf(s secret) keys {
	key, iv := s.key(), s.iv()
	return keys{s[:], key[:], iv[:]}
}
