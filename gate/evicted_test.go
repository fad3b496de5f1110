package gate_test

import (
	"errors"
	"io"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/gate"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// kick has a route end a user's connections.
func (w *world) kick(uid uint64, code msgdef.ErrorCode, detail string) {
	w.t.Helper()
	batch := &rpc.Kicks{Epoch: w.gate.Epoch(), Items: []rpc.Kick{{Conn: w.far.connOf(uid), Code: code, Detail: detail}}}
	must(w.t, w.gate.Kick(w.t.Context(), batch))
}

// TestRegistration tells the route what its policy and evictions go by, and
// names the connection in the same way when it has ended.
func TestRegistration(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		w.far.accounts = 6
		c := w.dial()
		c.handshake()
		m := loginOf("one", 2)
		m.Platform = msgdef.PlatformTablet
		c.enter(m)
		c.conn.Close()
		synctest.Wait()
		want := rpc.Session{UID: c.welcome.UID, Device: 2, Conn: 1, Platform: msgdef.PlatformTablet, Generation: 6}
		if got := w.far.began(); len(got) != 1 || got[0].Since == 0 {
			t.Errorf("began: %+v", got)
		} else if got[0].Since = 0; got[0] != want {
			t.Errorf("began: %+v, want %+v", got[0], want)
		}
		time.Sleep(time.Second)
		if got := w.far.over(); !slices.Equal(got, []rpc.Session{want}) {
			t.Errorf("ended: %+v, want %+v", got, want)
		}
	})
}

// TestEvicted shows the client why it has to go, whatever the reason is, and
// counts it.
func TestEvicted(t *testing.T) {
	for code, reason := range map[msgdef.ErrorCode]gate.Reason{
		msgdef.CodeReplaced:    gate.ReasonReplaced,
		msgdef.CodeOtherDevice: gate.ReasonOtherDevice,
		msgdef.CodeBanned:      gate.ReasonBanned,
		msgdef.CodeRevoked:     gate.ReasonRevoked,
		msgdef.CodeTokenReused: gate.ReasonRevoked,
		msgdef.CodeDeleted:     gate.ReasonRevoked,
		msgdef.CodeForbidden:   gate.ReasonKicked,
	} {
		t.Run(code.String(), func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				w := newWorld(t)
				c := w.login("one", 2)
				other := w.login("two", 2)
				w.kick(c.welcome.UID, code, "for a reason")
				var m msgdef.Kicked
				if c.expect(&m); m.Code != code || m.Detail != "for a reason" {
					t.Errorf("kicked: %+v", m)
				}
				c.expectEnd()
				synctest.Wait()
				w.wantCloses(reason, 1)
				other.roundTrip(1)
			})
		})
	}
}

// TestEvictedKeepsSocket has a client that was evicted go on talking, and one
// that does not read: neither is served any more, and both lose their sockets
// within seconds.
func TestEvictedKeepsSocket(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		talker, deaf := w.login("one", 1), w.login("two", 2)
		at := time.Now()
		w.kick(talker.welcome.UID, msgdef.CodeBanned, "")
		w.kick(deaf.welcome.UID, msgdef.CodeRevoked, "")
		var err error
		for counter := uint64(1); err == nil; counter++ {
			record := talker.seal(&msgdef.Send{Conv: msgdef.Pair(talker.welcome.UID, 1), Counter: counter, Kind: msgdef.ContentText, Body: []byte("x")})
			_ = talker.conn.SetWriteDeadline(time.Now().Add(time.Second))
			_, err = talker.conn.Write(record)
			time.Sleep(10 * time.Millisecond)
		}
		if took := time.Since(at); took > 5*time.Second {
			t.Errorf("the socket of a banned user was open for %v", took)
		}
		time.Sleep(15 * time.Second)
		synctest.Wait()
		w.wantCloses(gate.ReasonBanned, 1)
		w.wantCloses(gate.ReasonRevoked, 1)
		if n := len(w.far.taken()); n > 0 {
			t.Errorf("%d messages of a banned user were served", n)
		}
	})
}

// TestEvictedDuringLogin bans a user whose login was checked and registered,
// and is not answered yet: the client gets in and out.
func TestEvictedDuringLogin(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		uid := w.far.uid("one")
		w.far.intercept(func(method string) error {
			if method == "Heads" {
				w.kick(uid, msgdef.CodeBanned, "spam")
			}
			return nil
		})
		c := w.login("one", 1)
		var m msgdef.Kicked
		if c.expect(&m); m.Code != msgdef.CodeBanned || m.Detail != "spam" {
			t.Errorf("kicked: %+v", m)
		}
		c.expectEnd()
		synctest.Wait()
		w.wantCloses(gate.ReasonBanned, 1)
	})
}

// TestGivenUpLogin has a client give a login up that the gate is slow with, and log
// in anew: of the two sessions that routes get to know, the first is the older one,
// though it comes later.
func TestGivenUpLogin(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		slow := make(chan struct{})
		held := false
		w.far.intercept(func(method string) error {
			if method == "Login" && !held {
				held = true
				<-slow
			}
			return nil
		})
		first := w.dial()
		first.handshake()
		first.say(loginOf("one", 1))
		synctest.Wait()
		time.Sleep(time.Second)
		second := w.login("one", 1)
		first.conn.Close()
		close(slow)
		synctest.Wait()
		got := w.far.began()
		if len(got) != 2 || got[0].Conn != 2 || got[1].Conn != 1 || got[1].Since >= got[0].Since {
			t.Errorf("began: %+v", got)
		}
		second.roundTrip(1)
	})
}

// TestIsolated ends every session of a gate that nobody knew of, and no login
// that is being checked.
func TestIsolated(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		clients := []*client{w.login("one", 1), w.login("two", 1)}
		w.far.intercept(func(method string) error {
			if method == "Login" {
				w.gate.Isolated()
			}
			return nil
		})
		late := w.login("late", 1)
		for _, c := range clients {
			if f, err := c.next(); !errors.Is(err, io.EOF) {
				t.Errorf("%v %x, %v instead of the end", f.Type, f.Body, err)
			}
		}
		late.roundTrip(1)
		w.wantCloses(gate.ReasonIsolated, 2)
	})
}
