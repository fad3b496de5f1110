package secure

import (
	"errors"
	"fmt"
	"slices"

	"github.com/flynn/noise"

	"github.com/sim-im/sim/msgdef"
)

// Ticket is what a client comes back with: the id that the gate gave out, and
// what Session.TicketSecret made of it.
type Ticket struct {
	ID     [16]byte
	Secret [32]byte
	Suite  Suite // of the session it is from
}

// ClientResumption is a client's side of resuming a session, on one connection.
type ClientResumption struct {
	config ClientConfig
	state  *noise.HandshakeState // nil once Reply was called
	packet []byte
}

// NewClientResumption draws an ephemeral key and makes the Resume packet.
// login is the body of a Login frame in the codec of config, without a proof;
// anybody who has it may send it again. The suite is the ticket's.
func NewClientResumption(config ClientConfig, t Ticket, login []byte) (*ClientResumption, error) {
	config.Suite = t.Suite
	config, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	packet := append(appendHeader(nil, magicResume, config.Suite, config.Codec), t.ID[:]...)
	r := &ClientResumption{config: config}
	r.state, err = noise.NewHandshakeState(noise.Config{
		CipherSuite:  config.Suite.noise(),
		Random:       config.Rand,
		Pattern:      noise.HandshakeNN,
		Initiator:    true,
		Prologue:     slices.Clip(packet),
		PresharedKey: t.Secret[:],
	})
	if err != nil {
		return nil, fmt.Errorf("secure: noise: %w", err)
	}
	message, _, _, err := r.state.WriteMessage(nil, login)
	if err != nil {
		return nil, fmt.Errorf("secure: noise: %w", err)
	}
	if len(message) > maxMessage {
		return nil, fmt.Errorf("secure: a Login of %d bytes, at most %d can resume", len(login), maxMessage-minResume)
	}
	packet = append(packet, byte(len(message)), byte(len(message)>>8))
	r.packet = append(packet, message...)
	return r, nil
}

// Packet returns the packet to send first. It belongs to the resumption and is
// only read.
func (r *ClientResumption) Packet() []byte { return r.packet }

// Reply takes exactly one Reply packet, see ResumeReplySize, and returns a
// session that Bind makes ready, and the body of LoginOK. packet is only read.
//
// ErrNoTicket asks for a full handshake on the same connection. Other errors
// are a *RefusedError, ErrMalformed, ErrAuth, or ErrSpent for a second call.
func (r *ClientResumption) Reply(packet []byte) (s *Session, loginOK []byte, err error) {
	state := r.state
	r.state = nil
	if state == nil {
		return nil, nil, ErrSpent
	}
	kind, body, err := parseReply(packet, ResumeReplySize)
	if err != nil {
		return nil, nil, err
	}
	switch kind {
	case kindRefusal:
		return nil, nil, parseRefusal(body)
	case kindNoTicket:
		return nil, nil, ErrNoTicket
	}
	loginOK, k1, k2, err := state.ReadMessage(nil, body)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrAuth, err)
	}
	return newSession(established{
		suite: r.config.Suite, codec: r.config.Codec, client: true, resumed: true, policy: r.config.policy(),
		base: baseSecret(state.ChannelBinding(), k1.UnsafeKey(), k2.UnsafeKey(), nil),
	}), loginOK, nil
}

// ServerResumption is a gate's side of resuming a session.
type ServerResumption struct {
	handshake *ServerHandshake
	hello     hello
	ticket    [16]byte
	state     *resumption // from Open on, until Accept
}

// Resume takes exactly one Resume packet, see ResumeSize. packet is only read,
// and must stay as it is until Open.
//
// A version, suite or codec not served here gives a *RefusedError and its
// packet in reply, as Hello does. Everything else is ErrMalformed.
func (h *ServerHandshake) Resume(packet []byte) (r *ServerResumption, reply []byte, err error) {
	hello, err := parseHello(packet, ResumeSize)
	if err != nil {
		return nil, nil, err
	}
	if code := h.check(hello); code != msgdef.CodeOK {
		refused := h.refusal(code)
		return nil, AppendRefusal(nil, &refused.Refusal), refused
	}
	r = &ServerResumption{handshake: h, hello: hello, ticket: [16]byte(packet[prologueSize:])}
	r.hello.prologue, r.hello.message = packet[:resumeHeader-2], packet[resumeHeader:]
	return r, nil, nil
}

// Ticket returns the id of the ticket.
func (r *ServerResumption) Ticket() [16]byte { return r.ticket }

// Codec returns the codec of the frames' bodies.
func (r *ServerResumption) Codec() Codec { return r.hello.codec }

// Suite returns the suite that the client takes for the ticket's.
func (r *ServerResumption) Suite() Suite { return r.hello.suite }

// Open returns the body of Login, sealed by somebody who has secret. That it was
// sealed now, and not once before, only the first record tells. Any error means
// that the ticket is worth nothing.
func (r *ServerResumption) Open(secret [32]byte) (login []byte, err error) {
	state := newResumption(r.hello.suite, r.hello.prologue, secret)
	login, err = state.open(r.hello.message)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAuth, err)
	}
	r.state = &state
	return login, nil
}

// CheckOffer is Session.CheckOffer before there is a session.
func (r *ServerResumption) CheckOffer(versions, suites []byte) error {
	return checkOffer(r.hello.suite, r.handshake.config.Admit, versions, suites)
}

// Accept returns the packet that answers with the body of LoginOK, at most 4 KiB,
// and a session that Bind makes ready. It follows Open, once.
func (r *ServerResumption) Accept(loginOK []byte) (reply []byte, s *Session, err error) {
	state := r.state
	r.state = nil
	if state == nil {
		return nil, nil, ErrSpent
	}
	pair, err := r.handshake.ephemeral()
	if err != nil {
		return nil, nil, fmt.Errorf("secure: randomness: %w", err)
	}
	reply = make([]byte, replyHeader, replyHeader+minResume+len(loginOK))
	reply[0] = kindHandshake
	reply, err = state.seal(reply, loginOK, &pair)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrMalformed, err) // the client's key is of low order
	}
	n := len(reply) - replyHeader
	if n > maxMessage {
		return nil, nil, errors.New("secure: LoginOK is too long to resume with")
	}
	reply[1], reply[2] = byte(n), byte(n>>8)
	k1, k2 := state.split()
	e := r.handshake.established(baseSecret(state.h[:], k1, k2, nil), r.hello)
	e.resumed = true
	return reply, newSession(e), nil
}
