package client

import (
	"crypto/rand"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/secure"
)

// middlebox stands between a client and a gate, and answers Hello instead of it.
type middlebox struct {
	g    *gate
	lies func(testing.TB, transport.Conn) // writes the answer
}

// refusing forges what a gate says that does not begin.
func refusing(r msgdef.Refusal) func(testing.TB, transport.Conn) {
	return func(_ testing.TB, conn transport.Conn) { must(conn.Write(secure.AppendRefusal(nil, &r))) }
}

// stranger takes no ticket, and answers Hello under a certificate of another root.
func stranger(t testing.TB, conn transport.Conn) {
	p := &peer{t: t, conn: conn}
	for {
		n, err := secure.ResumeSize(p.buf)
		if n > 0 {
			p.buf = p.buf[n:]
			p.write(secure.AppendNoTicket(nil))
		}
		if n > 0 || err != nil { // else Hello
			break
		}
		if p.readMore() != nil {
			return
		}
	}
	newGate(t).agree(p)
}

// cut answers n connections with a lie, and returns when each came.
func (m *middlebox) cut(n int) (at []time.Time) {
	for range n {
		conn, err := m.g.listener.Accept()
		if err != nil {
			return at
		}
		at = append(at, time.Now())
		m.lies(m.g.t, conn)
		conn.Close()
	}
	return at
}

// lie is what would end a client for good, if it were true.
type lie struct {
	tell func(testing.TB, transport.Conn)
	kind error
	code msgdef.ErrorCode
}

func lies() map[string]lie {
	list := map[string]lie{"a stranger": {stranger, ErrUntrusted, 0}}
	for _, code := range []msgdef.ErrorCode{
		msgdef.CodeVersion, msgdef.CodeSuite, msgdef.CodeCodec, msgdef.CodeDowngrade,
		msgdef.CodeBadCredentials, msgdef.CodeBanned, msgdef.CodeRevoked, msgdef.CodeTokenReused, msgdef.CodeForbidden,
	} {
		list[code.String()] = lie{refusing(msgdef.Refusal{Code: code, RetryAfter: 1 << 31}), ErrRefused, code}
	}
	return list
}

// Somebody on the way who lies once, and goes, costs a client one try: it comes
// back by itself, and with the proof and the tickets that it had.
func TestForgedOnce(t *testing.T) {
	for name, lie := range lies() {
		t.Run(name, func(t *testing.T) {
			plain(t, func(t *testing.T, g *gate) {
				var r recorder
				o := r.record(g.options())
				c, p := g.online(o, msgdef.LoginOK{Token: []byte("token")})
				g.give(p, time.Now().Add(time.Hour), 1, 2)
				synctest.Wait()
				p.conn.Close()
				(&middlebox{g, lie.tell}).cut(1)
				synctest.Wait()
				s := c.Status()
				if s.Phase != Waiting || !errors.Is(s.Err, lie.kind) || !errors.Is(s.Err, ErrUnconfirmed) {
					t.Errorf("status is %v: %v", s.Phase, s.Err)
				}
				if lie.code != 0 {
					wantCode(t, s.Err, lie.code)
				}
				if s.Delay > 2*time.Minute {
					t.Errorf("waits %v for somebody's word", s.Delay)
				}
				g.resumed(2, msgdef.LoginOK{}).send(&msgdef.Pong{})
				synctest.Wait()
				if s := c.Status(); s.Phase != Online || len(c.credentials.list) != 2 {
					t.Errorf("status is %v: %v, and there are %d proofs", s.Phase, s.Err, len(c.credentials.list))
				}
			})
		})
	}
}

// Somebody who stays is asked seldom, for ever, and Status tells the reason all the
// time. When he goes, the client comes back.
func TestForgedForEver(t *testing.T) {
	for name, lie := range lies() {
		t.Run(name, func(t *testing.T) {
			plain(t, func(t *testing.T, g *gate) {
				c, p := g.online(g.options(), msgdef.LoginOK{})
				p.conn.Close()
				at := (&middlebox{g, lie.tell}).cut(30)
				for i, gap := range gaps(at[10:]) {
					if gap < mostUnconfirmed || gap > mostUnconfirmed+mostUnconfirmedRetry {
						t.Errorf("try %d came after %v", 10+i, gap)
					}
				}
				synctest.Wait()
				if s := c.Status(); s.Phase != Waiting || !errors.Is(s.Err, lie.kind) || !errors.Is(s.Err, ErrUnconfirmed) {
					t.Errorf("status is %v: %v", s.Phase, s.Err)
				}
				if h := c.Queue(testConv, 1, []byte("waits")); h.Counter() == 0 {
					t.Error("nothing can be queued meanwhile")
				}
				before := time.Now()
				if err := c.Rebind(t.Context()); err != nil { // on another network
					t.Error(err)
				}
				p = g.admit(msgdef.LoginOK{})
				if expect[msgdef.Send](p); time.Since(before) > time.Second {
					t.Errorf("came after %v", time.Since(before))
				}
			})
		})
	}
}

func gaps(at []time.Time) (list []time.Duration) {
	for i := range at[1:] {
		list = append(list, at[i+1].Sub(at[i]))
	}
	return list
}

// A lie at the first Connect is told there, and is not the end: Connect may be
// called again.
func TestForgedAtConnect(t *testing.T) {
	for name, lie := range lies() {
		t.Run(name, func(t *testing.T) {
			plain(t, func(t *testing.T, g *gate) {
				var r recorder
				c := g.client(r.record(g.options()))
				go (&middlebox{g, lie.tell}).cut(1)
				if err := c.Connect(t.Context()); !errors.Is(err, lie.kind) || !errors.Is(err, ErrUnconfirmed) {
					t.Errorf("error is %v", err)
				}
				failed := later(func() error { return c.Connect(t.Context()) })
				g.admit(msgdef.LoginOK{})
				if err := <-failed; err != nil {
					t.Error(err)
				}
				wantPhases(t, &r, Connecting, Idle, Connecting, Online)
			})
		})
	}
}

// Gates that are full say so before there are keys. They are believed, for a
// minute.
func TestBusyIsBelieved(t *testing.T) {
	plain(t, func(t *testing.T, g *gate) {
		c, p := g.online(g.options(), msgdef.LoginOK{})
		p.conn.Close()
		at := (&middlebox{g, refusing(msgdef.Refusal{Code: msgdef.CodeBusy, RetryAfter: 1 << 31})}).cut(10)
		for _, gap := range gaps(at[8:]) {
			if gap != mostUnconfirmedRetry+c.opts.Backoff.Max {
				t.Errorf("tries again after %v", gap)
			}
		}
		g.admit(msgdef.LoginOK{})
	})
}

// A certificate that no older version may use ends a client when its owner has
// shown the key, and not before: inside TLS it is judged first.
func TestCertificateForNewerVersions(t *testing.T) {
	plain(t, func(t *testing.T, g *gate) {
		root := must(secure.NewRootKey(rand.Reader))
		now := time.Now()
		pending := must(secure.NewPendingKey(rand.Reader))
		terms := secure.Terms{NotBefore: now, NotAfter: now.Add(time.Hour), MinVersion: secure.Version + 1}
		key := must(pending.Certified(must(root.Sign(must(pending.Request("newer")), terms))))
		g.handshake = must(secure.NewServerHandshake(secure.ServerConfig{Key: key}))
		g.roots = must(secure.NewRoots(root.Public()))
		c := g.client(g.options())
		go g.accept()
		err := c.Connect(t.Context())
		wantCode(t, err, msgdef.CodeVersion)
		if !errors.Is(err, ErrUpgradeRequired) || errors.Is(err, ErrUnconfirmed) || c.Status().Phase != Stopped {
			t.Errorf("%v: %v", c.Status().Phase, err)
		}
	})
	for _, err := range []error{secure.ErrMinVersion, secure.ErrUnknownRoot, secure.ErrRevoked, secure.ErrOtherKey, secure.ErrSignature} {
		if got := dialError("gate:1", err); !errors.Is(got, ErrUnconfirmed) || stops(got) {
			t.Errorf("%v, while dialing: %v", err, got)
		}
	}
}
