package relay

import (
	"crypto/rand"
	"errors"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
	"github.com/sim-im/sim/msgdef/secure"
)

// Times of sessions.
const (
	greetWithin = 30 * time.Second
	heartbeat   = 60 // seconds
	tokenLife   = 24 * time.Hour
)

var (
	errGreeting = errors.New("relay: not a login")
	errRefused  = errors.New("relay: login refused")
)

// greet takes a connection from accept to an open session.
func (c *conn) greet(in *intake) error {
	if err := c.raw.SetReadDeadline(time.Now().Add(greetWithin)); err != nil {
		return err
	}
	if err := c.handshake(in); err != nil {
		return err
	}
	n, err := in.await(c.secure.In.Open)
	if err != nil {
		return err
	}
	in.from += n
	f, ok, err := c.secure.In.Next()
	if err != nil || !ok || f.Type != msgdef.TypeLogin {
		return errors.Join(errGreeting, err)
	}
	if err := c.login(f.Body); err != nil {
		return err
	}
	return c.raw.SetReadDeadline(time.Time{})
}

func (c *conn) handshake(in *intake) error {
	n, err := in.await(secure.HelloSize)
	if err != nil {
		return err
	}
	reply, session, err := c.server.handshakes.Hello(in.bytes()[:n])
	if reply != nil {
		_, errWrite := c.raw.Write(reply)
		err = errors.Join(err, errWrite)
	}
	in.from += n
	c.secure = session
	return err
}

// login answers a Login and opens the session.
func (c *conn) login(body []byte) error {
	var m msgdef.Login
	if err := m.Decode(body); err != nil {
		return err
	}
	if err := c.secure.CheckOffer(m.Versions, m.Suites); err != nil {
		return err
	}
	if m.Method == msgdef.AuthToken {
		c.user = c.server.users.holder(m.Secret)
	} else {
		c.user = c.server.users.account(m.Account)
	}
	if c.user == nil {
		return errors.Join(errRefused, c.say(&msgdef.Error{Of: uint16(msgdef.TypeLogin), Code: msgdef.CodeBadCredentials}))
	}
	c.id, c.device = m.Device, c.server.users.device(c.user, m.Device)
	c.hold()
	c.user.session.Store(c) // who reads the answer is written to from now on
	ok := c.welcome(m.Method)
	if err := c.say(ok); err != nil {
		return err
	}
	if err := c.secure.Bind(ok.Session, body, ok.Append(nil)); err != nil {
		return err
	}
	c.open()
	return nil
}

// welcome makes the answer. A device begins at the head: there is nothing to
// catch up from.
func (c *conn) welcome(method msgdef.AuthMethod) *msgdef.LoginOK {
	head := c.user.head.Load()
	ok := &msgdef.LoginOK{
		UID: c.user.id, Account: c.user.name, StoreEpoch: 1, Head: head, Cursor: head,
		Time: time.Now().UnixMilli(), Heartbeat: heartbeat, MaxBody: msgdef.MaxBody,
	}
	if method != msgdef.AuthToken {
		ok.Token, ok.TokenExpires = c.user.token(), time.Now().Add(tokenLife).UnixMilli()
	}
	rand.Read(ok.Session[:]) // never fails
	return ok
}

// say writes m before the outbox is open.
func (c *conn) say(m frame.Message) error {
	record, err := c.secure.Out.Append(nil, frame.Append(nil, m), time.Now())
	if err != nil {
		return err
	}
	_, err = c.raw.Write(record)
	return err
}
