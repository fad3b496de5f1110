package gate

import (
	"errors"
	"os"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/secure"
)

// handshake reads the Hello packet and answers it. Afterwards c.secure is
// there, under its login keys.
func (c *conn) handshake(in *intake, start time.Time) error {
	size, err := c.hello(in, start)
	if err != nil {
		return err
	}
	packet := in.bytes()[:size]
	reply, session, err := c.gate.handshakes.Load().Hello(packet)
	if err != nil {
		return c.refuseHello(reply, err)
	}
	if len(in.bytes()) > size { // the client has no keys to say more with
		return &violation{reason: ReasonGarbage}
	}
	in.consume(size)
	if err := c.writeNow(reply); err != nil {
		return err
	}
	c.secure = session
	return nil
}

// hello reads until there is a Hello packet and returns its length. Garbage is
// recognised at its first byte.
func (c *conn) hello(in *intake, start time.Time) (int, error) {
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
		size, err := secure.HelloSize(in.bytes())
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
