package gate

import (
	"errors"
	"os"
	"time"

	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/secure"
)

// shaking is how a kind of connection makes a handshake.
type shaking struct {
	size    func([]byte) (int, error) // of the Hello packet
	answer  func(hello []byte) (reply []byte, s *secure.Session, err error)
	follows bool // something may be right behind Hello
	resumes bool // a Resume packet may come instead
}

// shaking tells a connection inside TLS from a plain one.
func (c *conn) shaking() shaking {
	handshakes := c.gate.handshakes.Load()
	secured, inside := c.raw.(transport.Secured)
	if !inside {
		return shaking{size: secure.HelloSize, answer: handshakes.Hello, resumes: true}
	}
	c.rarely().bulk = &bulk{conn: c, raw: secured}
	answer := func(hello []byte) ([]byte, *secure.Session, error) {
		return handshakes.TLSHello(hello, secured.Export)
	}
	return shaking{size: secure.TLSHelloSize, answer: answer, follows: true}
}

// first returns how the first packet is measured. Who cannot begin with a Resume
// packet finds its first bytes to be garbage.
func (h shaking) first(b []byte) (int, error) {
	if h.resumes && secure.IsResume(b) {
		return secure.ResumeSize(b)
	}
	return h.size(b)
}

// handshake answers the Hello packet, of a size, that in begins with. Afterwards
// c.secure is there, under its login keys.
func (c *conn) handshake(in *intake, size int, how shaking) error {
	packet := in.bytes()[:size]
	reply, session, err := how.answer(packet)
	if err != nil {
		return c.refuseHello(reply, err)
	}
	if len(in.bytes()) > size && !how.follows { // the client has no keys to say more with
		return &violation{reason: ReasonGarbage}
	}
	in.consume(size)
	if err := c.writeNow(reply); err != nil {
		return err
	}
	c.adopt(session)
	c.speak(c.secure.Codec())
	return nil
}

// adopt makes a session the connection's own, in one piece with it, and leaves
// nothing of its secrets behind.
func (c *conn) adopt(s *secure.Session) { c.secure, *s = *s, secure.Session{} }

// firstByteBy bounds the wait until the client says something.
func (c *conn) firstByteBy(start time.Time) error {
	times := &c.gate.times
	return c.raw.SetReadDeadline(start.Add(min(times.FirstByte, times.Login)))
}

// firstByte waits until the client says something, within a time that runs.
func (c *conn) firstByte(in *intake, start time.Time) error {
	if err := in.fill(); err != nil {
		return late(err, ReasonFirstByte)
	}
	return c.raw.SetReadDeadline(start.Add(c.gate.times.Login)) // for everything up to Login
}

// packet reads until there is one, and returns its length. Garbage is recognised
// at its first byte.
func (c *conn) packet(in *intake, measure func([]byte) (int, error)) (int, error) {
	for {
		size, err := measure(in.bytes())
		if err != nil {
			return 0, &violation{reason: ReasonGarbage}
		}
		if size > 0 {
			return size, nil
		}
		if err := in.fill(); err != nil {
			return 0, late(err, ReasonLoginTime)
		}
	}
}

// refuseHello tells a client whose handshake cannot start why, if it may know.
func (c *conn) refuseHello(reply []byte, err error) error {
	var refused *secure.RefusedError
	if !errors.As(err, &refused) {
		return &violation{reason: ReasonGarbage}
	}
	if err := c.writeNow(reply); err != nil {
		return err
	}
	v := &violation{reason: ReasonVersion, code: refused.Refusal.Code}
	switch v.code {
	case msgdef.CodeSuite:
		v.reason = ReasonSuite
	case msgdef.CodeCodec:
		v.reason = ReasonCodec
	}
	return v
}

// late gives a deadline that passed its reason.
func late(err error, reason Reason) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return &violation{reason: reason}
	}
	return err
}
