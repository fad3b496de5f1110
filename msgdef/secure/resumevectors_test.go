package secure

import (
	"bytes"
	"testing"

	"github.com/flynn/noise"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
)

// resumeVector is a session that is resumed. Inputs come first; what follows is
// computed from them.
type resumeVector struct {
	Suite Suite `json:"suite"`

	EarlierResume   hexBytes `json:"earlier_resume"` // resume secret of the session that the ticket is from
	Ticket          hexBytes `json:"ticket"`         // id
	TicketKey       hexBytes `json:"ticket_key"`     // that gates share
	TicketBody      hexBytes `json:"ticket_body"`    // encoded; the secret in it is any
	ClientEphemeral hexBytes `json:"client_ephemeral"`
	GateEphemeral   hexBytes `json:"gate_ephemeral"`
	SessionID       hexBytes `json:"session_id"`
	Login           hexBytes `json:"login"`    // body
	LoginOK         hexBytes `json:"login_ok"` // body

	TicketSecret  hexBytes `json:"ticket_secret"`
	TicketKeyName hexBytes `json:"ticket_key_name"`
	Box           hexBytes `json:"box"` // of ticket and ticket_body
	Resume        hexBytes `json:"resume"`
	Reply         hexBytes `json:"reply"`
	HandshakeHash hexBytes `json:"handshake_hash"`
	K1            hexBytes `json:"k1"`
	K2            hexBytes `json:"k2"`
	Base          hexBytes `json:"base"`
	SessionSecret hexBytes `json:"session_secret"`
	SessionUp     keys     `json:"session_up"`
	SessionDown   keys     `json:"session_down"`
	NextResume    hexBytes `json:"next_resume"` // of the session that was resumed
	Records       []sealed `json:"records"`     // in order, all under the session keys
}

func TestResumeVectors(t *testing.T) { holdVectors(t, "resume", resumeInputs) }

// resumeInputs chooses what a vector starts from.
func resumeInputs(_ *testing.T, suite Suite) resumeVector {
	random := seeded(200 + byte(suite))
	draw := func(n int) hexBytes {
		b := make([]byte, n)
		_, _ = random.Read(b) // ChaCha8 does not fail
		return b
	}
	v := resumeVector{
		Suite: suite, EarlierResume: draw(32), Ticket: draw(16), TicketKey: draw(32),
		ClientEphemeral: draw(32), GateEphemeral: draw(32), SessionID: draw(16),
	}
	v.TicketBody = (&msgdef.TicketBody{
		Secret: [32]byte(draw(32)), UID: 42, Device: 7, Platform: msgdef.PlatformDesktop, Suite: byte(suite),
		Full: now.UnixMilli(), Generation: 3, Expires: now.UnixMilli() + 86_400_000,
	}).Append(nil)
	login := msgdef.Login{
		Versions: []byte{Version}, Suites: []byte{byte(suite)}, Device: 7, Platform: msgdef.PlatformDesktop,
		App: "vectors", SDK: "go", Heartbeat: 60, Tickets: 2,
	}
	_, v.LoginOK = loginBodies([16]byte(v.SessionID))
	v.Login = login.Append(nil)
	return v
}

func (v *resumeVector) onlyInputs() resumeVector {
	return resumeVector{
		Suite: v.Suite, EarlierResume: v.EarlierResume, Ticket: v.Ticket, TicketKey: v.TicketKey, TicketBody: v.TicketBody,
		ClientEphemeral: v.ClientEphemeral, GateEphemeral: v.GateEphemeral, SessionID: v.SessionID, Login: v.Login, LoginOK: v.LoginOK,
	}
}

// compute runs the session and fills in the rest.
func (v *resumeVector) compute(t *testing.T) {
	t.Helper()
	earlier, id := secret(v.EarlierResume), [ticketSize]byte(v.Ticket)
	psk := earlier.ticket(id)
	v.TicketSecret = psk[:]
	v.box(t, id)
	e := v.handshake(t, Ticket{ID: id, Secret: psk, Suite: v.Suite})
	v.noise(t)
	v.Base = bytes.Clone(e.client.origin.base[:]) // Bind erases it
	root := e.client.origin.base.session([16]byte(v.SessionID), transcriptHash(v.Login, v.LoginOK))
	v.SessionSecret = root[:]
	for _, s := range []*Session{e.client, e.server} {
		if err := s.Bind([16]byte(v.SessionID), v.Login, v.LoginOK); err != nil {
			t.Fatal(err)
		}
	}
	next := e.client.ResumeSecret()
	v.NextResume = next[:]
	v.SessionUp, v.SessionDown = keysOf(e.client.Out.secret), keysOf(e.server.Out.secret)
	v.say(t, "up", &e.client.Out, &e.server.In, frame.Append(nil, &msgdef.Ping{Nonce: 1}))
	v.say(t, "down", &e.server.Out, &e.client.In, frame.Append(nil, &msgdef.Pong{Nonce: 1, Head: 9}))
}

// box seals the body as a gate does.
func (v *resumeVector) box(t *testing.T, id [ticketSize]byte) {
	t.Helper()
	key := secret(v.TicketKey)
	named := key.named()
	v.TicketKeyName = named.name[:]
	var body msgdef.TicketBody
	if err := body.Decode(v.TicketBody); err != nil {
		t.Fatal(err)
	}
	k := &TicketKeys{[]ticketKey{named}}
	v.Box = ok[[]byte](t)(k.Seal(id, &body))
	if got := ok[*msgdef.TicketBody](t)(k.Open(id, v.Box)); *got != body {
		t.Fatalf("opened as %+v", got)
	}
}

func (v *resumeVector) handshake(t *testing.T, ticket Ticket) ends {
	t.Helper()
	w := newWorld(t)
	c := ok[*ClientResumption](t)(NewClientResumption(ClientConfig{
		Roots: w.roots, Now: clock, Accept: suites(), Rand: bytes.NewReader(v.ClientEphemeral),
	}, ticket, v.Login))
	s := w.serverWith(ServerConfig{Rand: bytes.NewReader(v.GateEphemeral)})
	r, _, err := s.Resume(c.Packet())
	if err != nil {
		t.Fatal(err)
	}
	if login := ok[[]byte](t)(r.Open(ticket.Secret)); !bytes.Equal(login, v.Login) {
		t.Fatalf("Login %x", login)
	}
	reply, server, err := r.Accept(v.LoginOK)
	if err != nil {
		t.Fatal(err)
	}
	v.Resume, v.Reply = c.Packet(), reply
	client, loginOK, err := c.Reply(reply)
	if err != nil || !bytes.Equal(loginOK, v.LoginOK) {
		t.Fatalf("LoginOK %x, %v", loginOK, err)
	}
	return ends{client, server}
}

// noise runs the client's handshake again with the library's own functions, and
// notes what it agrees on.
func (v *resumeVector) noise(t *testing.T) {
	t.Helper()
	state := ok[*noise.HandshakeState](t)(noise.NewHandshakeState(noise.Config{
		CipherSuite: libraryNoise(v.Suite), Random: bytes.NewReader(v.ClientEphemeral),
		Pattern: noise.HandshakeNN, Initiator: true, Prologue: v.Resume[:resumeHeader-2],
		PresharedKey: v.TicketSecret, PresharedKeyPlacement: 0,
	}))
	message, _, _, err := state.WriteMessage(nil, v.Login)
	if err != nil || !bytes.Equal(message, v.Resume[resumeHeader:]) {
		t.Fatalf("message 1 %x, %v", message, err)
	}
	payload, k1, k2, err := state.ReadMessage(nil, v.Reply[replyHeader:])
	if err != nil || !bytes.Equal(payload, v.LoginOK) {
		t.Fatalf("message 2 %x, %v", payload, err)
	}
	up, down := k1.UnsafeKey(), k2.UnsafeKey()
	v.HandshakeHash, v.K1, v.K2 = state.ChannelBinding(), up[:], down[:]
}

// say seals frames, checks that the other side reads them, and notes both.
func (v *resumeVector) say(t *testing.T, direction string, out *Sealer, in *Opener, frames []byte) {
	t.Helper()
	records := seal(t, out, frames)
	v.Records = append(v.Records, sealed{direction, frames, records})
	if got, err := receive(in, records); err != nil || len(got) == 0 {
		t.Fatalf("%s: %q, %v", direction, got, err)
	}
}
