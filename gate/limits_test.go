package gate_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/gate"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/secure"
)

// refusedBusy reads the packet that turns a connection away.
func (c *client) refusedBusy() {
	c.t.Helper()
	packet := c.packet(secure.ReplySize)
	var refusal msgdef.Refusal
	must(c.t, refusal.Decode(packet[3:]))
	if packet[0] != 2 || refusal.Code != msgdef.CodeBusy || refusal.RetryAfter == 0 {
		c.t.Fatalf("packet %d, %+v", packet[0], refusal)
	}
	c.expectSilentEnd()
}

// TestHandshakesOfOneAddress hold only so many places, of IPv6 in the whole
// network; another address gets in meanwhile, and so do they afterwards.
func TestHandshakesOfOneAddress(t *testing.T) {
	for name, addr := range map[string]struct{ hostile, neighbour, other string }{
		"IPv4": {"192.0.2.1", "192.0.2.1", "192.0.2.2"},
		"IPv6": {"2001:db8::1", "2001:db8::ffff:1", "2001:db8:0:1::1"},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				w := newWorld(t, func(o *gate.Options) { o.Limits.AddressHandshakes = 300 })
				w.address(addr.hostile)
				inside := w.login("inside", 1) // logged in: no handshake any more
				for range 300 {
					w.dial().write([]byte("S"))
				}
				synctest.Wait()
				w.address(addr.neighbour)
				w.dial().refusedBusy()
				w.wantCloses(gate.ReasonAddressBusy, 1)
				w.address(addr.other)
				w.login("other", 2).roundTrip(1)
				inside.roundTrip(1)
				time.Sleep(6 * time.Second)
				synctest.Wait()
				w.wantCloses(gate.ReasonLoginTime, 300)
				w.address(addr.hostile)
				w.login("late", 3).roundTrip(1)
			})
		})
	}
}

// TestHandshakeRateOfOneAddress gives a burst, then so many per second.
func TestHandshakeRateOfOneAddress(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t, func(o *gate.Options) { o.Limits.AddressRate, o.Limits.AddressBurst = 10, 50 })
		w.address("192.0.2.1")
		for range 60 {
			w.dial().conn.Close()
			synctest.Wait()
		}
		w.wantCloses(gate.ReasonAddressRate, 10)
		w.address("192.0.2.2")
		w.login("other", 2).roundTrip(1)
		time.Sleep(time.Second) // ten tokens
		w.address("192.0.2.1")
		for range 15 {
			w.dial().conn.Close()
			synctest.Wait()
		}
		w.wantCloses(gate.ReasonAddressRate, 15)
	})
}

// TestWastedAttempts of an address use up what it may have, though none of them
// became a connection, and nobody else's.
func TestWastedAttempts(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t, func(o *gate.Options) { o.Limits.AddressRate, o.Limits.AddressBurst = 1, 3 })
		w.address("2001:db8::1")
		for range 3 {
			if !w.gate.Admits(w.from) {
				t.Error("too few were let through")
			}
			w.gate.Wasted(w.from)
		}
		w.address("2001:db8::2")
		if w.gate.Admits(w.from) {
			t.Error("one too many was let through")
		}
		w.address("2001:db8:0:1::1")
		w.login("other", 1).roundTrip(1)
		w.address("2001:db8::1")
		time.Sleep(time.Second)
		w.login("later", 1).roundTrip(1)
	})
}

// TestConnectionsOfOneAddress are bounded, those that have logged in included.
func TestConnectionsOfOneAddress(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t, func(o *gate.Options) { o.Limits.AddressConnections = 2 })
		w.address("2001:db8::1")
		first := w.login("a", 1)
		w.login("b", 1)
		w.address("2001:db8::2")
		if w.gate.Admits(w.from) {
			t.Error("a transport would be told to go on")
		}
		w.dial().refusedBusy()
		w.wantCloses(gate.ReasonAddressFull, 1)
		w.address("2001:db8:0:1::1")
		w.login("other", 1).roundTrip(1)
		first.conn.Close()
		synctest.Wait()
		w.address("2001:db8::3")
		if !w.gate.Admits(w.from) {
			t.Error("a transport would be told to stop")
		}
		w.login("c", 1).roundTrip(1)
	})
}

// TestSessionsOfOneUser are bounded, and told so.
func TestSessionsOfOneUser(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t, func(o *gate.Options) { o.Limits.UserSessions = 2 })
		first := w.login("alice", 1)
		w.login("alice", 2)
		c := w.dial()
		c.handshake()
		c.say(loginOf("alice", 3))
		if m := c.expectError(msgdef.TypeLogin, msgdef.CodeBusy); m.RetryAfter == 0 {
			t.Errorf("%+v", m)
		}
		c.expectEnd()
		w.login("bob", 1).roundTrip(1)
		first.conn.Close()
		synctest.Wait()
		w.wantCloses(gate.ReasonUserFull, 1)
		w.login("alice", 3).roundTrip(1)
		if n := w.far.live(); n != 3 {
			t.Errorf("%d sessions", n)
		}
	})
}

func TestConnectionsAreBounded(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t, func(o *gate.Options) { o.Limits.Connections = 3 })
		first := w.login("a", 1)
		w.login("b", 1)
		w.login("c", 1)
		w.dial().refusedBusy()
		w.wantCloses(gate.ReasonCapacity, 1)
		first.conn.Close()
		synctest.Wait()
		w.login("d", 1).roundTrip(1)
	})
}

func TestHandshakesAreBounded(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t, func(o *gate.Options) { o.Limits.Handshakes = 3 })
		w.login("a", 1)
		for range 3 {
			w.dial().write([]byte("SIM"))
		}
		synctest.Wait()
		w.dial().refusedBusy()
		w.wantCloses(gate.ReasonCapacity, 1)
	})
}

// TestSendRate lets a burst through, refuses what is above with the wait until
// it would be taken, and counts all devices of a user together.
func TestSendRate(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		phone, tablet := w.login("alice", 1), w.login("alice", 2)
		bob := w.login("bob", 1)
		for i := range uint64(60) {
			c := []*client{phone, tablet}[i%2]
			c.send(c.to(bob.welcome.UID, i+1, "x"))
			synctest.Wait()
		}
		phone.send(phone.note(61, "too much"))
		tablet.send(tablet.note(61, "too much"))
		for _, c := range []*client{phone, tablet} {
			var m msgdef.Error
			for m.Code == 0 {
				f, err := c.next()
				must(t, err)
				if f.Type == msgdef.TypeError {
					must(t, m.Decode(f.Body))
				}
			}
			if m.Code != msgdef.CodeBusy || m.Req != 61 || m.RetryAfter != 50 {
				t.Errorf("%+v", m)
			}
		}
		for i := range uint64(60) {
			var n msgdef.Notify
			if bob.expect(&n); n.USeq != i+1 {
				t.Fatalf("notify %d, want %d", n.USeq, i+1)
			}
		}
		bob.roundTrip(1) // bob has a rate of his own
		time.Sleep(50 * time.Millisecond)
		phone.send(phone.note(62, "fine again"))
		synctest.Wait()
		if n := len(w.far.taken()); n != 62 {
			t.Errorf("%d messages, want 62", n)
		}
	})
}

// TestExemptUserHasNoRate sends and asks as fast as it can.
func TestExemptUserHasNoRate(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		c := w.login("robot", 1)
		for i := range uint64(1000) {
			c.roundTrip(i + 1)
			c.send(&msgdef.Ping{Nonce: i})
			var pong msgdef.Pong
			c.expect(&pong)
		}
	})
}

// TestRequestRate refuses with the wait until it would be served.
func TestRequestRate(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		c := w.login("alice", 1)
		for i := range uint64(200) {
			c.send(&msgdef.Lookup{Req: i})
			var users msgdef.Users
			c.expect(&users)
		}
		c.send(&msgdef.Lookup{Req: 200})
		if m := c.expectError(msgdef.TypeLookup, msgdef.CodeBusy); m.Req != 200 || m.RetryAfter != 20 {
			t.Errorf("%+v", m)
		}
		c.roundTrip(1)
		time.Sleep(20 * time.Millisecond)
		c.send(&msgdef.Lookup{Req: 201})
		var users msgdef.Users
		c.expect(&users)
	})
}

// TestHeartbeatIsHeldInBounds and told to the client.
func TestHeartbeatIsHeldInBounds(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		for asked, want := range map[uint32]uint32{0: 30, 29: 30, 31: 31, 540: 540, 1 << 31: 540} {
			c := w.dial()
			c.handshake()
			m := loginOf(fmt.Sprint("user", asked), 1)
			m.Heartbeat = asked
			if c.enter(m); c.welcome.Heartbeat != want {
				t.Errorf("asked for %d, got %d, want %d", asked, c.welcome.Heartbeat, want)
			}
		}
	})
}

// TestAppStateChangesTheHeartbeat lets an app in the background be silent for
// longer, and one in the foreground not.
func TestAppStateChangesTheHeartbeat(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		c := w.login("alice", 1)
		c.send(&msgdef.AppState{Background: true, Heartbeat: 540})
		time.Sleep(13 * time.Minute)
		c.send(&msgdef.AppState{Heartbeat: 1}) // too often: 30 s
		c.roundTrip(1)
		time.Sleep(44 * time.Second)
		c.roundTrip(2)
		time.Sleep(47 * time.Second)
		c.expectEnd()
	})
}
