package secure

import (
	"bytes"
	"crypto/mlkem"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/flynn/noise"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/codec"
)

// ClientConfig is what a client brings to a handshake. Roots and Now are
// mandatory.
type ClientConfig struct {
	Suite  Suite            // asked for; 0 means HybridAESGCM
	Accept []Suite          // all the client would use, for Login; empty means the hybrid suites and Suite
	Codec  Codec            // 0 means codec.Binary
	Roots  *Roots           // whose certificates count
	Now    func() time.Time // checked against the certificate's validity
	Rand   io.Reader        // nil means crypto/rand; gives ML-KEM's 64 bytes in a hybrid suite, then 32 for X25519
	Limits Limits           // of keys; for tests
}

// ClientHandshake is a client's handshake on one connection.
type ClientHandshake struct {
	config ClientConfig
	state  *noise.HandshakeState      // nil once Reply was called
	kem    *mlkem.DecapsulationKey768 // nil in a classical suite
	hello  []byte
}

func (c ClientConfig) withDefaults() (ClientConfig, error) {
	if c.Suite == 0 {
		c.Suite = HybridAESGCM
	}
	if c.Codec == 0 {
		c.Codec = codec.Binary
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	if len(c.Accept) == 0 {
		c.Accept = hybrids()
		if !c.Suite.Hybrid() {
			c.Accept = append(c.Accept, c.Suite)
		}
	}
	var err error
	c.Limits, err = c.Limits.withDefaults()
	return c, errors.Join(err, c.validate())
}

// Offered is Session.Offered before there is a session: a Resume packet carries
// Login. A configuration that is wrong offers nothing.
func (c ClientConfig) Offered() (versions, suites []byte) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, nil
	}
	return []byte{Version}, suiteBytes(c.Accept)
}

func (c *ClientConfig) policy() *policy { return &policy{c.Accept, c.Limits} }

func (c *ClientConfig) validate() error {
	var errs []error
	if c.Roots == nil {
		errs = append(errs, errors.New("secure: no roots"))
	}
	if c.Now == nil {
		errs = append(errs, errors.New("secure: no clock"))
	}
	if !slices.Contains(c.Accept, c.Suite) {
		errs = append(errs, fmt.Errorf("secure: asks for %v without accepting it", c.Suite))
	}
	return errors.Join(append(errs, checkSuites(c.Accept))...)
}

// NewClientHandshake draws the client's ephemeral keys. It fails when the
// configuration is wrong or randomness does.
func NewClientHandshake(config ClientConfig) (*ClientHandshake, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	h := &ClientHandshake{config: config}
	if config.Suite.Hybrid() {
		if h.kem, err = newDecapsulationKey(config.Rand); err != nil {
			return nil, err
		}
	}
	return h, h.start()
}

// start makes the Hello packet.
func (h *ClientHandshake) start() (err error) {
	packet := appendPrologue(nil, h.config.Suite, h.config.Codec)
	h.state, err = noise.NewHandshakeState(noise.Config{
		CipherSuite: h.config.Suite.noise(),
		Random:      h.config.Rand,
		Pattern:     noise.HandshakeNX,
		Initiator:   true,
		Prologue:    packet,
	})
	if err != nil {
		return fmt.Errorf("secure: noise: %w", err)
	}
	var body msgdef.ClientHello
	if h.kem != nil {
		body.EncapsulationKey = h.kem.EncapsulationKey().Bytes()
	}
	message, _, _, err := h.state.WriteMessage(nil, body.Append(nil))
	if err != nil {
		return fmt.Errorf("secure: noise: %w", err)
	}
	h.hello = append(packet, byte(len(message)), byte(len(message)>>8))
	h.hello = append(h.hello, message...)
	return nil
}

// Hello returns the packet to send first. It belongs to the handshake and is
// only read.
func (h *ClientHandshake) Hello() []byte { return h.hello }

// Reply takes exactly one Reply packet, see ReplySize, and returns the session
// under its login keys. packet is only read.
//
// A gate that does not start the handshake gives a *RefusedError. A gate with
// a certificate that does not hold gives one of the errors of certificates;
// everything else is ErrMalformed or ErrAuth. A handshake takes one Reply: a
// second call returns ErrSpent.
func (h *ClientHandshake) Reply(packet []byte) (*Session, error) {
	state := h.state
	h.state = nil
	if state == nil {
		return nil, ErrSpent
	}
	kind, body, err := parseReply(packet, ReplySize)
	if err != nil {
		return nil, err
	}
	if kind == kindRefusal {
		return nil, parseRefusal(body)
	}
	return h.finish(state, body)
}

func parseRefusal(body []byte) error {
	var refused RefusedError
	if err := refused.Refusal.Decode(body); err != nil {
		return fmt.Errorf("%w: Refusal: %w", ErrMalformed, err)
	}
	return &refused
}

// finish reads Noise message 2.
func (h *ClientHandshake) finish(state *noise.HandshakeState, message []byte) (*Session, error) {
	payload, k1, k2, err := state.ReadMessage(nil, message)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAuth, err)
	}
	var server msgdef.ServerHello
	if err := server.DecodeAlias(payload); err != nil {
		return nil, fmt.Errorf("%w: ServerHello: %w", ErrMalformed, err)
	}
	certificate, err := h.verify(server.Certificate, state.PeerStatic())
	if err != nil {
		return nil, err
	}
	shared, err := decapsulate(h.kem, server.Ciphertext)
	if err != nil {
		return nil, err
	}
	base := baseSecret(state.ChannelBinding(), k1.UnsafeKey(), k2.UnsafeKey(), shared)
	return h.session(base, certificate.Name), nil
}

// verify checks that a trusted root vouches for the key Noise saw, now, to a
// client of this version.
func (h *ClientHandshake) verify(certificate, static []byte) (msgdef.CertificateBody, error) {
	return h.config.Roots.accept(certificate, h.config.Now(), func(body *msgdef.CertificateBody) bool {
		return bytes.Equal(body.Key[:], static)
	})
}

func (h *ClientHandshake) session(base secret, name string) *Session {
	return newSession(established{
		suite: h.config.Suite, codec: h.config.Codec, client: true,
		policy: h.config.policy(), base: base, name: name,
	})
}
