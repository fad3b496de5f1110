package secure

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/flynn/noise"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/codec"
)

// ServerConfig is what a gate brings to handshakes. Key is mandatory.
type ServerConfig struct {
	Key    *GateKey
	Admit  []Suite   // empty means the hybrid suites
	Codecs []Codec   // empty means codec.Binary
	Rand   io.Reader // nil means crypto/rand; gives 32 bytes for X25519, and must be safe for concurrent use
	Limits Limits    // of keys; for tests

	encapsulate encapsulator // nil draws from crypto/rand; for tests
}

// ServerHandshake answers Hello packets. It keeps nothing between them: one
// serves every connection of a gate, concurrently, until the gate's key
// changes.
type ServerHandshake struct {
	config    ServerConfig
	policy    policy                  // of config
	ephemeral func() (keyPair, error) // draws a key to resume a session with
}

func (c ServerConfig) withDefaults() (ServerConfig, error) {
	if len(c.Admit) == 0 {
		c.Admit = hybrids()
	}
	if len(c.Codecs) == 0 {
		c.Codecs = []Codec{codec.Binary}
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	if c.encapsulate == nil {
		c.encapsulate = encapsulateRandom
	}
	var err error
	c.Limits, err = c.Limits.withDefaults()
	if c.Key == nil {
		err = errors.Join(err, errors.New("secure: no gate key"))
	}
	return c, errors.Join(err, checkSuites(c.Admit))
}

// NewServerHandshake fails when the configuration is wrong.
func NewServerHandshake(config ServerConfig) (*ServerHandshake, error) {
	ephemeral := (&ephemerals{random: rand.Reader}).draw
	if own := config.Rand; own != nil { // each handshake takes its 32 bytes
		ephemeral = func() (keyPair, error) { return generateKeyPair(own) }
	}
	config, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	return &ServerHandshake{config: config, policy: policy{config.Admit, config.Limits}, ephemeral: ephemeral}, nil
}

// Key returns the gate's key.
func (h *ServerHandshake) Key() *GateKey { return h.config.Key }

// Hello takes exactly one Hello packet, see HelloSize, and returns the packet
// to answer with and the session under its login keys. packet is only read.
//
// A version, suite or codec not served here gives a *RefusedError and its
// packet in reply: send it and close. Everything else a client can do wrong is
// ErrMalformed, without a reply.
func (h *ServerHandshake) Hello(packet []byte) (reply []byte, s *Session, err error) {
	return h.hello(packet, HelloSize, h.answer)
}

// hello reads a packet that size measures, and has answer answer it or refuses.
func (h *ServerHandshake) hello(packet []byte, size sizer, answer func(hello) ([]byte, *Session, error)) ([]byte, *Session, error) {
	hello, err := parseHello(packet, size)
	if err != nil {
		return nil, nil, err
	}
	if code := h.check(hello); code != msgdef.CodeOK {
		refused := h.refusal(code)
		return AppendRefusal(nil, &refused.Refusal), nil, refused
	}
	return answer(hello)
}

// check returns CodeOK, or why hello is refused.
func (h *ServerHandshake) check(hello hello) msgdef.ErrorCode {
	switch {
	case hello.version != Version:
		return msgdef.CodeVersion
	case !slices.Contains(h.config.Admit, hello.suite):
		return msgdef.CodeSuite
	case !slices.Contains(h.config.Codecs, hello.codec):
		return msgdef.CodeCodec
	}
	return msgdef.CodeOK
}

func (h *ServerHandshake) refusal(code msgdef.ErrorCode) *RefusedError {
	return &RefusedError{msgdef.Refusal{
		Code:     code,
		Versions: []byte{Version},
		Suites:   suiteBytes(h.config.Admit),
	}}
}

// answer reads Noise message 1 and writes message 2.
func (h *ServerHandshake) answer(hello hello) ([]byte, *Session, error) {
	state, err := h.noise(hello)
	if err != nil {
		return nil, nil, fmt.Errorf("secure: noise: %w", err)
	}
	shared, ciphertext, err := h.readMessage(state, hello)
	if err != nil {
		return nil, nil, err
	}
	body := msgdef.ServerHello{Certificate: h.config.Key.certificate, Ciphertext: ciphertext}
	reply, k1, k2, err := state.WriteMessage(layReply(&body))
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrMalformed, err) // the client's key is of low order
	}
	n := len(reply) - replyHeader
	reply[1], reply[2] = byte(n), byte(n>>8)
	base := baseSecret(state.ChannelBinding(), k1.UnsafeKey(), k2.UnsafeKey(), shared)
	return reply, newSession(h.established(base, hello)), nil
}

// layReply returns the header of a Reply, and body where Noise, which appends to
// the header, will seal it in place: behind e, s and its tag.
func layReply(body *msgdef.ServerHello) (header, payload []byte) {
	const before = replyHeader + 32 + 32 + recordTag
	b := make([]byte, before, before+body.Size()+recordTag)
	b[0] = kindHandshake
	return b[:replyHeader], body.Append(b)[before:]
}

func (h *ServerHandshake) noise(hello hello) (*noise.HandshakeState, error) {
	return noise.NewHandshakeState(noise.Config{
		CipherSuite:   hello.suite.noise(),
		Random:        h.config.Rand,
		Pattern:       noise.HandshakeNX,
		Prologue:      hello.prologue,
		StaticKeypair: h.config.Key.pair.noise(),
	})
}

// readMessage reads Noise message 1 and answers the ML-KEM key in it.
func (h *ServerHandshake) readMessage(state *noise.HandshakeState, hello hello) (shared, ciphertext []byte, err error) {
	payload, _, _, err := state.ReadMessage(nil, hello.message)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	var body msgdef.ClientHello
	if err := body.DecodeAlias(payload); err != nil {
		return nil, nil, fmt.Errorf("%w: ClientHello: %w", ErrMalformed, err)
	}
	return h.config.encapsulate.encapsulate(hello.suite, body.EncapsulationKey)
}

// established is what is known of a session after hello.
func (h *ServerHandshake) established(base secret, hello hello) established {
	return established{suite: hello.suite, codec: hello.codec, policy: &h.policy, base: base}
}
