package gate_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
	"github.com/sim-im/sim/msgdef/secure"
)

// patience is how long a client of a test waits for anything.
const patience = 30 * time.Second

// client is the other end of a connection, with access to every byte.
type client struct {
	t       testing.TB
	world   *world
	conn    transport.Conn
	secure  *secure.Session
	welcome msgdef.LoginOK

	buf  []byte // received and not opened
	open bool   // the last record may have frames left
}

// dial connects, and no more.
func (w *world) dial() *client {
	w.t.Helper()
	conn, err := w.network.Dial(context.Background(), "gate")
	must(w.t, err)
	return w.over(conn)
}

// over is a client on a connection, which is closed when the test ends.
func (w *world) over(conn transport.Conn) *client {
	w.t.Cleanup(func() { conn.Close() })
	return &client{t: w.t, world: w, conn: conn}
}

// login connects and logs in.
func (w *world) login(name string, device uint64) *client {
	w.t.Helper()
	c := w.dial()
	c.handshake()
	c.enter(loginOf(name, device))
	return c
}

// loginOf is what a client says of itself. The offer is added later.
func loginOf(name string, device uint64) *msgdef.Login {
	return &msgdef.Login{
		Method: msgdef.AuthPassword, Account: name, Secret: []byte("secret"), Device: device, Heartbeat: 30,
	}
}

// hello starts a handshake and returns its packet.
func (c *client) hello(suite secure.Suite) *secure.ClientHandshake {
	c.t.Helper()
	h, err := secure.NewClientHandshake(secure.ClientConfig{Suite: suite, Roots: c.world.roots, Now: time.Now})
	must(c.t, err)
	return h
}

// handshake goes as far as the login keys.
func (c *client) handshake() {
	c.t.Helper()
	if conn, ok := c.conn.(transport.Secured); ok {
		c.handshakeInside(conn)
		return
	}
	h := c.hello(secure.ClassicalAESGCM)
	c.write(h.Hello())
	var err error
	c.secure, err = h.Reply(c.packet(secure.ReplySize))
	must(c.t, err)
}

// packet reads one packet, which size measures.
func (c *client) packet(size func([]byte) (int, error)) []byte {
	c.t.Helper()
	for {
		n, err := size(c.buf)
		must(c.t, err)
		if n > 0 {
			p := c.buf[:n]
			c.buf = c.buf[n:]
			return p
		}
		must(c.t, c.read())
	}
}

// enter logs in and binds the session.
func (c *client) enter(m *msgdef.Login) {
	c.t.Helper()
	body := c.say(m)
	c.expect(&c.welcome)
	must(c.t, c.secure.Bind(c.welcome.Session, body, c.welcome.Append(nil)))
}

// say sends a login with the true offer and returns its body.
func (c *client) say(m *msgdef.Login) []byte {
	c.t.Helper()
	if m.Versions == nil {
		m.Versions, m.Suites = c.secure.Offered()
		m.Suites = []byte{byte(secure.ClassicalAESGCM)} // a platform without ML-KEM
	}
	c.send(m)
	return m.Append(nil)
}

// send writes messages in one record.
func (c *client) send(messages ...frame.Message) {
	c.t.Helper()
	c.write(c.seal(messages...))
}

func (c *client) seal(messages ...frame.Message) []byte {
	c.t.Helper()
	var frames []byte
	for _, m := range messages {
		frames = frame.Append(frames, m)
	}
	return c.sealRaw(frames)
}

func (c *client) sealRaw(frames []byte) []byte {
	c.t.Helper()
	record, err := c.secure.Out.Append(nil, frames, time.Now())
	must(c.t, err)
	return record
}

func (c *client) write(b []byte) {
	c.t.Helper()
	must(c.t, c.conn.SetWriteDeadline(time.Now().Add(patience)))
	_, err := c.conn.Write(b)
	must(c.t, err)
}

// read waits for more bytes.
func (c *client) read() error {
	if err := c.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	var b [4096]byte
	n, err := c.conn.Read(b[:])
	c.buf = append(c.buf, b[:n]...)
	return err
}

// next returns the next frame, or the error that ends the connection.
func (c *client) next() (frame.Frame, error) {
	for {
		if c.open {
			f, ok, err := c.secure.In.Next()
			if ok || err != nil {
				return f, err
			}
			c.open = false
		}
		n, err := c.secure.In.Open(c.buf)
		switch {
		case err != nil:
			return frame.Frame{}, err
		case n > 0:
			c.open, c.buf = true, c.buf[n:]
		default:
			if err := c.read(); err != nil {
				return frame.Frame{}, err
			}
		}
	}
}

// answer is a message that can be received.
type answer interface {
	Type() msgdef.Type
	Decode([]byte) error
}

// expect receives a message of the type of into.
func (c *client) expect(into answer) {
	c.t.Helper()
	f, err := c.next()
	if err != nil {
		c.t.Fatalf("instead of %v: %v", into.Type(), err)
	}
	if f.Type != into.Type() {
		c.t.Fatalf("%v %x instead of %v", f.Type, f.Body, into.Type())
	}
	must(c.t, into.Decode(f.Body))
}

// expectError receives an Error with a code.
func (c *client) expectError(of msgdef.Type, code msgdef.ErrorCode) msgdef.Error {
	c.t.Helper()
	var m msgdef.Error
	c.expect(&m)
	if msgdef.Type(m.Of) != of || m.Code != code {
		c.t.Fatalf("error %v of %v, want %v of %v", m.Code, msgdef.Type(m.Of), code, of)
	}
	return m
}

// expectEnd receives nothing but the end.
func (c *client) expectEnd() {
	c.t.Helper()
	if f, err := c.next(); !errors.Is(err, io.EOF) {
		c.t.Fatalf("%v %x, %v instead of the end", f.Type, f.Body, err)
	}
}

// expectSilentEnd reads the raw stream to its end, which has to come without
// another byte.
func (c *client) expectSilentEnd() {
	c.t.Helper()
	err := c.read()
	if err != io.EOF || len(c.buf) > 0 {
		c.t.Fatalf("%d bytes, %v instead of the end", len(c.buf), err)
	}
}

// roundTrip sends a message to oneself and waits until it is acknowledged: the
// session works.
func (c *client) roundTrip(counter uint64) {
	c.t.Helper()
	c.send(c.note(counter, "works"))
	var ack msgdef.SendAck
	c.expect(&ack)
	if ack.Counter != counter {
		c.t.Fatalf("acknowledged %d, want %d", ack.Counter, counter)
	}
}

// note is a message to oneself.
func (c *client) note(counter uint64, body string) *msgdef.Send {
	return c.to(c.welcome.UID, counter, body)
}

// to is a message to somebody.
func (c *client) to(uid, counter uint64, body string) *msgdef.Send {
	return &msgdef.Send{
		Counter: counter, Conv: msgdef.Pair(c.welcome.UID, uid), Kind: msgdef.ContentText, Body: []byte(body),
	}
}
