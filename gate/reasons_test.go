package gate_test

import (
	"context"
	"errors"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/gate"
	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/secure"
)

// making is how to get a gate to count something, and the options it takes.
type making struct {
	options func(*gate.Options) // nil: the defaults
	do      func(*world)
}

// TestEveryReasonIsMade has a connection end for each reason there is, and finds
// it counted. What a peer sees of each is for the tests of the parts.
func TestEveryReasonIsMade(t *testing.T) {
	all := ways()
	for r := gate.ReasonNone + 1; r.String() != "unknown"; r++ {
		t.Run(r.String(), func(t *testing.T) {
			way, ok := all[r]
			if !ok {
				t.Fatal("nobody knows how to make it")
			}
			virtual(t, func(t *testing.T) {
				w := newWorld(t, func(o *gate.Options) {
					if way.options != nil {
						way.options(o)
					}
				})
				way.do(w)
				time.Sleep(time.Minute)
				synctest.Wait()
				if w.closes(r) == 0 {
					t.Errorf("not counted: %v", w.gate.Stats().Closes)
				}
			})
		})
	}
}

func ways() map[gate.Reason]making {
	return map[gate.Reason]making{
		gate.ReasonCapacity: {func(o *gate.Options) { o.Limits.Connections = 1 }, func(w *world) {
			w.login("a", 1)
			w.dial().refusedBusy()
		}},
		gate.ReasonAddressBusy: {func(o *gate.Options) { o.Limits.AddressHandshakes = 1 }, crowded},
		gate.ReasonAddressFull: {func(o *gate.Options) { o.Limits.AddressConnections = 1 }, crowded},
		gate.ReasonAddressRate: {func(o *gate.Options) { o.Limits.AddressBurst = 1 }, crowded},
		gate.ReasonFirstByte:   {nil, func(w *world) { w.dial() }},
		gate.ReasonLoginTime:   {nil, func(w *world) { w.dial().handshake() }},
		gate.ReasonGarbage:     {nil, sending([]byte("GET / HTTP/1.1\r\n\r\n"))},
		gate.ReasonVersion:     {nil, sending(header(9, 1, 1))},
		gate.ReasonSuite:       {nil, sending(header(1, 200, 1))},
		gate.ReasonCodec:       {nil, sending(header(1, 1, 77))},
		gate.ReasonDowngrade:   {nil, entering(func(m *msgdef.Login) { m.Suites = []byte{1, 3} })},
		gate.ReasonUpgrade: {func(o *gate.Options) {
			o.MinApps = []gate.MinApp{must1(gate.ParseMinApp("chat/2.0.0"))}
		}, entering(func(m *msgdef.Login) { m.App = "chat/1.0.0" })},
		gate.ReasonLoginRefused: {nil, entering(func(m *msgdef.Login) { m.Secret = []byte("wrong") })},
		gate.ReasonLoginFailed: {nil, func(w *world) {
			w.far.fail("Login", msgdef.CodeUnavailable)
			entering(func(*msgdef.Login) {})(w)
		}},
		gate.ReasonUserFull: {func(o *gate.Options) { o.Limits.UserSessions = 1 }, func(w *world) {
			w.login("mallory", 1)
			entering(func(*msgdef.Login) {})(w)
		}},
		gate.ReasonPeer:   {nil, func(w *world) { w.login("a", 1).conn.Close() }},
		gate.ReasonBroken: {nil, failingWith(syscall.ECONNRESET)},
		gate.ReasonAuth: {nil, func(w *world) {
			c := w.login("a", 1)
			r := c.seal(&msgdef.Ack{})
			c.write(append(r, r...))
		}},
		// Of a million records, in the tests of the record layer.
		gate.ReasonKeyLimit:   {nil, failingWith(secure.ErrKeyLimit)},
		gate.ReasonMalformed:  {nil, func(w *world) { w.login("a", 1).write([]byte{16, 0}) }},
		gate.ReasonUnexpected: {nil, func(w *world) { w.login("a", 1).send(goodLogin()) }},
		gate.ReasonFlood: {func(o *gate.Options) { o.Limits.RefusalBurst, o.Limits.RequestBurst = 1, 1 }, func(w *world) {
			c := w.login("a", 1)
			c.send(&msgdef.Ping{}, &msgdef.Ping{}, &msgdef.Ping{}, &msgdef.Ping{})
		}},
		gate.ReasonSlowRecord: {nil, func(w *world) { w.login("a", 1).write([]byte{100}) }},
		gate.ReasonIdle:       {nil, func(w *world) { w.login("a", 1) }},
		gate.ReasonStuck: {nil, func(w *world) {
			w.deliver(w.far.connOf(w.login("a", 1).welcome.UID), 1, 100, 1000)
		}},
		gate.ReasonReplaced:    {nil, kicking(msgdef.CodeReplaced)},
		gate.ReasonOtherDevice: {nil, kicking(msgdef.CodeOtherDevice)},
		gate.ReasonBanned:      {nil, kicking(msgdef.CodeBanned)},
		gate.ReasonRevoked:     {nil, kicking(msgdef.CodeRevoked)},
		gate.ReasonKicked:      {nil, kicking(msgdef.CodeForbidden)},
		gate.ReasonIsolated: {nil, func(w *world) {
			w.login("a", 1)
			w.gate.Isolated()
		}},
		gate.ReasonShutdown: {nil, func(w *world) {
			w.login("a", 1)
			must(w.t, w.gate.Shutdown(w.t.Context()))
		}},
		gate.ReasonInternal: {nil, func(w *world) {
			w.faults = 1
			failingWith(transport.ErrClosed)(w)
		}},
	}
}

func must1[T any](v T, err error) T {
	if err != nil {
		panic(err) // a constant of the test is wrong
	}
	return v
}

// header is a Hello packet whose version, suite or codec may be wrong.
func header(version, suite, codec byte) []byte {
	return append([]byte{'S', 'I', 'M', version, suite, codec, 32, 0}, make([]byte, 32)...)
}

// crowded has an address come twice.
func crowded(w *world) {
	w.address("192.0.2.1")
	w.dial()
	synctest.Wait()
	w.dial().refusedBusy()
}

func sending(b []byte) func(*world) {
	return func(w *world) { w.dial().write(b) }
}

// entering tries a login that was changed.
func entering(change func(*msgdef.Login)) func(*world) {
	return func(w *world) {
		c := w.dial()
		c.handshake()
		m := goodLogin()
		change(m)
		c.send(m)
	}
}

func kicking(code msgdef.ErrorCode) func(*world) {
	return func(w *world) { must(w.t, w.kickIn(0, w.far.connOf(w.login("a", 1).welcome.UID), code)) }
}

func (w *world) kickIn(term, conn uint64, code msgdef.ErrorCode) error {
	return w.gate.Kick(context.Background(), &rpc.Kicks{
		Epoch: w.gate.Epoch(), Term: term, Items: []rpc.Kick{{Conn: conn, Code: code}},
	})
}

// failingWith has a connection whose reads fail.
func failingWith(err error) func(*world) {
	return func(w *world) {
		w.fail = err
		w.dial()
	}
}

// TestEveryDropIsMade has frames dropped for each reason there is.
func TestEveryDropIsMade(t *testing.T) {
	all := drops()
	for d := gate.Drop(0); d.String() != "unknown"; d++ {
		t.Run(d.String(), func(t *testing.T) {
			drop, ok := all[d]
			if !ok {
				t.Fatal("nobody knows how to make it")
			}
			virtual(t, func(t *testing.T) {
				w := newWorld(t)
				c := w.login("a", 1)
				drop(w, c, w.far.connOf(c.welcome.UID))
				synctest.Wait()
				if w.gate.Stats().Drops[d] == 0 {
					t.Errorf("not counted: %v", w.gate.Stats().Drops)
				}
			})
		})
	}
}

func drops() map[gate.Drop]func(w *world, c *client, conn uint64) {
	push := func(w *world, items ...rpc.Frame) {
		must(w.t, w.gate.Push(context.Background(), &rpc.Frames{Epoch: w.gate.Epoch(), Items: items}))
	}
	return map[gate.Drop]func(w *world, c *client, conn uint64){
		gate.DropCollapsed: func(w *world, _ *client, conn uint64) { w.deliver(conn, 1, 400, 1000) },
		gate.DropGone: func(w *world, _ *client, conn uint64) {
			must(w.t, w.kickIn(0, conn+1, msgdef.CodeForbidden))
		},
		gate.DropEpoch: func(w *world, _ *client, conn uint64) {
			must(w.t, w.gate.Kick(context.Background(), &rpc.Kicks{Epoch: w.gate.Epoch() - 1, Items: []rpc.Kick{{Conn: conn}}}))
		},
		gate.DropBad: func(w *world, _ *client, conn uint64) { push(w, rpc.Frame{Conn: conn}) },
		gate.DropTerm: func(w *world, _ *client, conn uint64) {
			must(w.t, w.kickIn(7, conn+1, msgdef.CodeForbidden))
			var refused *rpc.Error
			if err := w.kickIn(6, conn, msgdef.CodeForbidden); !errors.As(err, &refused) {
				w.t.Errorf("an old master kicked: %v", err)
			}
		},
		gate.DropCursor: func(_ *world, c *client, _ uint64) { c.send(&msgdef.Ack{USeq: 99}) },
		gate.DropApplication: func(w *world, _ *client, conn uint64) {
			for range 100 {
				push(w, rpc.Frame{Conn: conn, Type: 0x8001, Body: make([]byte, 16000)})
				synctest.Wait()
			}
		},
		gate.DropAnswer: func(w *world, c *client, _ uint64) {
			many := make([]rpc.AppReply, 200)
			for i := range many {
				many[i] = rpc.AppReply{Type: 0x8001, Body: make([]byte, 16000)}
			}
			w.far.claim(answering(many...))
			c.tell(raw(0x8000, ""))
		},
		gate.DropCodec: func(w *world, _ *client, _ uint64) {
			other := w.loginJSON("b", 1)
			push(w, rpc.Frame{Conn: w.far.connOf(other.welcome.UID), Type: 0x8001, Body: []byte("binary")})
		},
		gate.DropLate: func(w *world, _ *client, _ uint64) {
			w.bring(w.far.post(w.far.big(5, 0), 0, 0)) // nobody watches it
		},
	}
}
