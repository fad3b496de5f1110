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
}

// shaking tells a connection inside TLS from a plain one.
func (c *conn) shaking() shaking {
	handshakes := c.gate.handshakes.Load()
	secured, inside := c.raw.(transport.Secured)
	if !inside {
		return shaking{size: secure.HelloSize, answer: handshakes.Hello}
	}
	c.bulk = &bulk{conn: c, raw: secured}
	answer := func(hello []byte) ([]byte, *secure.Session, error) {
		return handshakes.TLSHello(hello, secured.Export)
	}
	return shaking{size: secure.TLSHelloSize, answer: answer, follows: true}
}

// handshake reads the Hello packet and answers it. Afterwards c.secure is
// there, under its login keys.
func (c *conn) handshake(in *intake, start time.Time) error {
	how := c.shaking()
	size, err := c.hello(in, start, how.size)
	if err != nil {
		return err
	}
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
	c.secure = session
	c.speak(session.Codec())
	return nil
}

// hello reads until there is a Hello packet and returns its length. Garbage is
// recognised at its first byte.
func (c *conn) hello(in *intake, start time.Time, measure func([]byte) (int, error)) (int, error) {
	times := &c.gate.times
	if err := c.raw.SetReadDeadline(start.Add(min(times.FirstByte, times.Login))); err != nil {
		return 0, err
	}
	if err := in.fill(); err != nil {
		return 0, late(err, ReasonFirstByte)
	}
	if err := c.raw.SetReadDeadline(start.Add(times.Login)); err != nil { // for Login, too
		return 0, err
	}
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
