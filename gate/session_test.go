package gate_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/gate"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/secure"
)

func TestLoginOpensASession(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		w.address("192.0.2.7")
		c := w.login("alice", 5)
		got := c.welcome
		if got.UID != w.far.uid("alice") || got.Account != "alice" || string(got.Token) != "token" ||
			got.StoreEpoch != storeEpoch || got.Head != 0 || got.Heartbeat != 30 || got.MaxBody != msgdef.MaxBody ||
			got.Time != time.Now().UnixMilli() || got.Session == [16]byte{} {
			t.Errorf("welcome %+v at %v", got, time.Now().UnixMilli())
		}
		if w.far.live() != 1 || w.far.entrants()[0].Address != "192.0.2.7" || w.far.entrants()[0].Device != 5 {
			t.Errorf("far end knows %v, %+v", w.far.sessions, w.far.entrants())
		}
		stats := w.gate.Stats()
		if stats.Sessions != 1 || stats.Connections != 1 || stats.Logins != 1 {
			t.Errorf("%+v", stats)
		}
		c.conn.Close()
		synctest.Wait()
		w.wantCloses(gate.ReasonPeer, 1)
		if w.far.live() != 0 || w.gate.Stats().Sessions != 0 || w.gate.Stats().Connections != 0 {
			t.Errorf("after the end: %d live, %+v", w.far.live(), w.gate.Stats())
		}
	})
}

func TestEverySuiteWorks(t *testing.T) {
	virtual(t, func(t *testing.T) {
		suites := []secure.Suite{secure.HybridAESGCM, secure.HybridChaCha, secure.ClassicalAESGCM, secure.ClassicalChaCha}
		w := newWorld(t, func(o *gate.Options) { o.Suites = suites })
		for i, suite := range suites {
			c := w.dial()
			h := c.hello(suite)
			c.write(h.Hello())
			s, err := h.Reply(c.packet(secure.ReplySize))
			must(t, err)
			c.secure = s
			m := loginOf("alice", uint64(i+1))
			m.Versions, m.Suites = s.Offered()
			if !suite.Hybrid() {
				m.Suites = []byte{byte(suite)}
			}
			c.enter(m)
			c.send(c.note(1, suite.String()))
			var ack msgdef.SendAck
			c.expect(&ack)
			c.conn.Close()
			synctest.Wait()
		}
	})
}

func TestMessageReachesBothUsers(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		alice, bob := w.login("alice", 1), w.login("bob", 2)
		tablet := w.login("alice", 3)
		alice.send(alice.to(bob.welcome.UID, 9, "hello"))
		var ack msgdef.SendAck
		alice.expect(&ack)
		if ack != (msgdef.SendAck{Counter: 9, CSeq: 1, USeq: 1, At: 1000}) {
			t.Errorf("%+v", ack)
		}
		for _, c := range []*client{bob, tablet} {
			var n msgdef.Notify
			c.expect(&n)
			var m msgdef.Message
			must(t, m.Decode(n.Message))
			if n.USeq != 1 || string(m.Body) != "hello" || m.From != alice.welcome.UID || m.Device != 1 || m.Counter != 9 {
				t.Errorf("notify %d %+v", n.USeq, m)
			}
		}
		stats := w.gate.Stats()
		if stats.MessagesIn != 1 || stats.MessagesOut != 2 || stats.FramesIn != 1 {
			t.Errorf("%+v", stats)
		}
	})
}

// TestSendsOfOneReadGoTogether puts many sends into few records.
func TestSendsOfOneReadGoTogether(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		c := w.login("robot", 1)
		var bytes []byte
		for i := range 300 {
			bytes = append(bytes, c.seal(c.note(uint64(i+1), "x"))...)
		}
		c.write(bytes)
		for i := range 300 {
			var ack msgdef.SendAck
			c.expect(&ack)
			if ack.Counter != uint64(i+1) {
				t.Fatalf("acknowledgement %d of %d", i+1, ack.Counter)
			}
		}
		if len(w.far.sizes()) != 2 || w.far.sizes()[0] != 256 || w.far.sizes()[1] != 44 {
			t.Errorf("batches of %v, want 256 and 44", w.far.sizes())
		}
	})
}

// TestBodiesSurviveTheReadBuffer cuts records at every place, so that they
// wander through read buffers, and compares what arrives.
func TestBodiesSurviveTheReadBuffer(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		c := w.login("robot", 1)
		var bytes []byte
		want := make([]string, 40)
		for i := range want {
			want[i] = strings.Repeat(string(rune('a'+i%26)), 1+i*200)
			bytes = append(bytes, c.seal(replying(c.note(uint64(i+1), want[i])))...)
		}
		for n := 1; len(bytes) > 0; n = n*3%1999 + 1 {
			n = min(n, len(bytes))
			c.write(bytes[:n])
			bytes = bytes[n:]
			synctest.Wait()
		}
		for i := range want {
			var ack msgdef.SendAck
			c.expect(&ack)
			taken := w.far.taken()[i]
			if string(taken.Extra) != string((&msgdef.Extra{Reply: uint64(i + 1)}).Append(nil)) {
				t.Errorf("message %d has %x beside it", i, taken.Extra)
			}
			if got := string(taken.Body); got != want[i] {
				t.Fatalf("body %d: %.20q… of %d bytes, want %.20q… of %d", i, got, len(got), want[i], len(want[i]))
			}
		}
	})
}

// replying has a message answer that of its counter.
func replying(s *msgdef.Send) *msgdef.Send {
	s.Extra = (&msgdef.Extra{Reply: s.Counter}).Append(nil)
	return s
}

// TestDeliveryWaitsForLoginOK delivers while the session is being registered:
// the client gets it, after LoginOK.
func TestDeliveryWaitsForLoginOK(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		alice := w.login("alice", 1)
		bob := w.far.uid("bob")
		w.far.intercept(func(method string) error {
			if method == "Heads" { // after Register
				w.far.intercept(nil)
				alice.send(alice.to(bob, 1, "early"))
				synctest.Wait()
			}
			return nil
		})
		c := w.login("bob", 2)
		var n msgdef.Notify
		c.expect(&n)
		if n.USeq != 1 || c.welcome.Head != 1 {
			t.Errorf("notify %d after head %d", n.USeq, c.welcome.Head)
		}
	})
}

func TestUnknownTypeIsRefusedAndTheSessionGoesOn(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		c := w.login("alice", 1)
		c.write(c.sealRaw([]byte{0x01, 0x80, 2, 0, 'h', 'i'}))
		c.expectError(0x8001, msgdef.CodeUnknownType)
		c.roundTrip(1)
	})
}

func TestTooLongBodyIsRefusedByItsCounter(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		c := w.login("alice", 1)
		c.send(c.note(41, strings.Repeat("x", msgdef.MaxBody+1)))
		if m := c.expectError(msgdef.TypeSend, msgdef.CodeBodyTooLong); m.Req != 41 {
			t.Errorf("of %d, want 41", m.Req)
		}
		c.roundTrip(42)
	})
}

// TestRekey has the client change its key often.
func TestRekey(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		c := w.dial()
		h, err := secure.NewClientHandshake(secure.ClientConfig{
			Suite: secure.ClassicalAESGCM, Roots: w.roots, Now: time.Now, Limits: secure.Limits{Records: 3},
		})
		must(t, err)
		c.write(h.Hello())
		c.secure, err = h.Reply(c.packet(secure.ReplySize))
		must(t, err)
		c.enter(loginOf("robot", 1))
		for i := range uint64(50) {
			c.send(c.note(i+1, "x"))
		}
		for i := range uint64(50) {
			var ack msgdef.SendAck
			c.expect(&ack)
			if ack.Counter != i+1 {
				t.Fatalf("acknowledged %d, want %d", ack.Counter, i+1)
			}
		}
	})
}

// TestParkedSessionWakes leaves a session idle until its ciphers are dropped.
func TestParkedSessionWakes(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		c := w.login("alice", 1)
		for i := range uint64(4) {
			time.Sleep(25 * time.Second)
			c.roundTrip(i + 1)
		}
	})
}
