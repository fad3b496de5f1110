package secure

import (
	"bytes"
	"io"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
)

// relogin is a login by token that can be repeated: what the client sends is
// made once, and the gate draws the same keys each time, so that the same
// record of the client opens.
type relogin struct {
	tb             testing.TB
	suite          Suite
	server         *ServerHandshake
	hello, reply   []byte
	login, loginOK []byte // bodies
	record         []byte // with Login
	scratch        []byte // for a copy of record, which is opened in place
}

// constant gives the same bytes for ever.
type constant byte

func (c constant) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(c)
	}
	return len(p), nil
}

func (w *world) relogin(suite Suite) *relogin {
	w.tb.Helper()
	same := ServerConfig{Rand: constant(0), encapsulate: encapsulateWith(constant(1))}
	l := &relogin{tb: w.tb, suite: suite, server: w.serverWith(same)}
	client := w.client(suite, 3)
	l.hello = client.Hello()
	l.reply, _ = l.meet()
	session := ok[*Session](w.tb)(client.Reply(l.reply))
	l.login, l.loginOK = loginBodies(sessionID())
	l.record = seal(w.tb, &session.Out, frame.AppendRaw(nil, msgdef.TypeLogin, l.login))
	return l
}

func (l *relogin) meet() ([]byte, *Session) {
	reply, s, err := l.server.Hello(l.hello)
	if err != nil {
		l.tb.Fatal(err)
	}
	return reply, s
}

// run is the gate's share of the login, as gate does it.
func (l *relogin) run() *Session {
	_, s := l.meet()
	l.scratch = append(l.scratch[:0], l.record...)
	if n, err := s.In.Open(l.scratch); n != len(l.record) || err != nil {
		l.tb.Fatal("Login does not open:", err)
	}
	f, _, err := s.In.Next()
	if err != nil || !bytes.Equal(f.Body, l.login) {
		l.tb.Fatal("not Login:", err)
	}
	if _, more, err := s.In.Next(); more || err != nil {
		l.tb.Fatal("more than Login:", err)
	}
	if err := s.CheckOffer([]byte{Version}, suiteBytes(suites())); err != nil && l.suite.Hybrid() {
		l.tb.Fatal(err)
	}
	if _, err := s.Out.Append(nil, frame.AppendRaw(nil, msgdef.TypeLoginOK, l.loginOK), now); err != nil {
		l.tb.Fatal(err)
	}
	if err := s.Bind(sessionID(), f.Body, l.loginOK); err != nil {
		l.tb.Fatal(err)
	}
	return s
}

var _ io.Reader = constant(0)
