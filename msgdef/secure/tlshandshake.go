package secure

import "fmt"

// Exporter computes n bytes of keying material of a TLS connection (RFC 8446,
// 7.5), which both ends compute alike.
type Exporter func(label string, context []byte, n int) ([]byte, error)

// TLSClientHandshake is a client's handshake on a connection inside TLS. The
// gate is known and keys are agreed on before it, so the session is there at
// once: Login goes right behind Hello, and Reply only tells whether the gate
// takes the version, suite and codec.
type TLSClientHandshake struct {
	hello   []byte
	session *Session
	spent   bool
}

// NewTLSClientHandshake takes keys from the exporter of a connection whose gate
// ClientTLS has accepted. It fails when the configuration is wrong or the
// exporter does. Rand is not used.
func NewTLSClientHandshake(config ClientConfig, export Exporter) (*TLSClientHandshake, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	prologue := appendPrologue(nil, config.Suite, config.Codec)
	base, err := exportedBase(export, prologue)
	if err != nil {
		return nil, err
	}
	session := newSession(established{
		suite: config.Suite, codec: config.Codec, client: true, tls: true,
		policy: config.policy(), base: base,
	})
	return &TLSClientHandshake{hello: append(prologue, 0, 0), session: session}, nil
}

// Hello returns the packet to send first. It belongs to the handshake and is
// only read.
func (h *TLSClientHandshake) Hello() []byte { return h.hello }

// Session returns the session under its login keys.
func (h *TLSClientHandshake) Session() *Session { return h.session }

// Reply takes exactly one Reply packet, see TLSReplySize, which comes before
// the first record of the gate. Errors are a *RefusedError, ErrMalformed, or
// ErrSpent for a second call. packet is only read.
func (h *TLSClientHandshake) Reply(packet []byte) error {
	if h.spent {
		return ErrSpent
	}
	h.spent = true
	kind, body, err := parseReply(packet, TLSReplySize)
	if err == nil && kind == kindRefusal {
		err = parseRefusal(body)
	}
	return err
}

// TLSHello is Hello for a packet that came inside TLS, see TLSHelloSize: keys
// come from the exporter of the connection.
func (h *ServerHandshake) TLSHello(packet []byte, export Exporter) (reply []byte, s *Session, err error) {
	return h.hello(packet, TLSHelloSize, func(hello hello) ([]byte, *Session, error) {
		base, err := exportedBase(export, hello.prologue)
		if err != nil {
			return nil, nil, err
		}
		e := h.established(base, hello)
		e.tls = true
		return []byte{kindHandshake, 0, 0}, newSession(e), nil
	})
}

// BulkSealer returns what seals the records of the bulk stream, gate to client.
// It fails with ErrNoBulk unless the session is a gate's, inside TLS and bound;
// and the second time, because one key must not count from 0 twice. It may be
// used while other goroutines use Out and In.
func (s *Session) BulkSealer() (*Sealer, error) {
	t, err := s.takeBulk(false)
	if err != nil {
		return nil, err
	}
	return &Sealer{traffic: t}, nil
}

// BulkOpener is BulkSealer for the client, whose side opens.
func (s *Session) BulkOpener() (*Opener, error) {
	t, err := s.takeBulk(true)
	if err != nil {
		return nil, err
	}
	return &Opener{traffic: t}, nil
}

func (s *Session) takeBulk(client bool) (t traffic, err error) {
	if s.origin == nil || s.origin.client != client || s.origin.bulk == nil {
		return t, fmt.Errorf("%w: %v", ErrNoBulk, s)
	}
	t = traffic{suite: s.Suite(), policy: s.Out.policy, most: MaxPlaintext}
	t.install(*s.origin.bulk)
	s.origin.bulk = nil
	return t, nil
}
