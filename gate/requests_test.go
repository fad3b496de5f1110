package gate_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/gate"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

func TestPing(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		c := w.login("alice", 1)
		c.roundTrip(1)
		c.send(&msgdef.Ping{Nonce: 5})
		var pong msgdef.Pong
		if c.expect(&pong); pong != (msgdef.Pong{Nonce: 5, Head: 1}) {
			t.Errorf("%+v", pong)
		}
		w.far.fail("Heads", msgdef.CodeUnavailable)
		c.send(&msgdef.Ping{Nonce: 6})
		if m := c.expectError(msgdef.TypePing, msgdef.CodeUnavailable); m.Req != 6 || m.RetryAfter == 0 {
			t.Errorf("%+v", m)
		}
	})
}

func TestRead(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		c := w.login("alice", 3)
		conv := msgdef.Pair(c.welcome.UID, 9)
		c.send(&msgdef.Read{Conv: conv, CSeq: 4})
		var ok msgdef.ReadOK
		if c.expect(&ok); ok != (msgdef.ReadOK{Conv: conv, CSeq: 4}) {
			t.Errorf("%+v", ok)
		}
		if want := []rpc.Read{{UID: c.welcome.UID, Conv: conv, CSeq: 4, Device: 3}}; !slices.Equal(w.far.positions(), want) {
			t.Errorf("%+v, want %+v", w.far.positions(), want)
		}
		c.send(&msgdef.Read{Conv: msgdef.Pair(98, 99), CSeq: 4})
		c.expectError(msgdef.TypeRead, msgdef.CodeForbidden)
		w.far.fail("Read", msgdef.CodeTimeout)
		c.send(&msgdef.Read{Conv: conv, CSeq: 5})
		c.expectError(msgdef.TypeRead, msgdef.CodeTimeout)
	})
}

// TestGetMsgSplitsPages pulls more than fits a frame, with bodies of all sizes.
func TestGetMsgSplitsPages(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		c := w.login("robot", 1)
		for i := range uint64(100) {
			c.send(c.note(i+1, strings.Repeat("x", int(i*83)%msgdef.MaxBody)))
			var ack msgdef.SendAck
			c.expect(&ack)
		}
		c.send(&msgdef.GetMsg{Req: 7, After: 10})
		c.expectPages(7, 11, 90)
		c.send(&msgdef.GetMsg{Req: 8, After: 100})
		c.expectPages(8, 101, 0)

		c.send(&msgdef.GetConv{Req: 9, Conv: msgdef.Pair(c.welcome.UID, c.welcome.UID)})
		var got, frames int
		for last := false; !last; frames++ {
			var page msgdef.ConvPage
			c.expect(&page)
			if page.Req != 9 || page.Head != 100 || (len(page.Reads) > 0) != (frames == 0) {
				t.Fatalf("page %d of %d, head %d, %d reads", frames, page.Req, page.Head, len(page.Reads))
			}
			for _, b := range page.Messages {
				var m msgdef.Message
				must(t, m.Decode(b))
				if got++; m.CSeq != uint64(got) {
					t.Fatalf("message %d, want %d", m.CSeq, got)
				}
			}
			last = page.Last
		}
		if got != 100 || frames < 20 {
			t.Errorf("%d messages in %d frames", got, frames)
		}
	})
}

// TestLargestAnswersFit gives the most that contracts allow.
func TestLargestAnswersFit(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t, func(o *gate.Options) { o.PublicPresence = true })
		c := w.login("robot", 1)
		names := make([]string, 100)
		for i := range names {
			names[i] = strings.Repeat(string(rune('a'+i%26)), 60) + string(rune('a'+i/26)) + "xyz"
			w.far.uid(names[i])
		}
		c.send(&msgdef.Lookup{Req: 1, Names: names})
		var users msgdef.Users
		if c.expect(&users); users.Req != 1 || len(users.Users) != 100 || users.Users[99].Name != names[99] {
			t.Errorf("%d users", len(users.Users))
		}
		w.far.mu.Lock()
		for i := range uint64(499) {
			w.far.sessions[1<<40+i] = rpc.Session{UID: 1000 + i}
		}
		w.far.mu.Unlock()
		c.send(&msgdef.GetPresence{Req: 2})
		var presence msgdef.Presence
		if c.expect(&presence); presence.Req != 2 || presence.Total != 500 || len(presence.Users) != 500 {
			t.Errorf("%d of %d", len(presence.Users), presence.Total)
		}
	})
}

func TestPresenceOfEveryoneIsForbidden(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		c := w.login("alice", 1)
		c.send(&msgdef.GetPresence{Req: 2})
		if m := c.expectError(msgdef.TypeGetPresence, msgdef.CodeForbidden); m.Req != 2 {
			t.Errorf("%+v", m)
		}
		c.send(&msgdef.GetPresence{Req: 3, UIDs: []uint64{c.welcome.UID}})
		var presence msgdef.Presence
		if c.expect(&presence); presence.Req != 3 || presence.Total != 1 {
			t.Errorf("%+v", presence)
		}
	})
}

// TestRegisterPush hands a token over as one of the session's own device.
func TestRegisterPush(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		w.login("bob", 8)
		c := w.login("alice", 9)
		longest := bytes.Repeat([]byte{0xff}, 1024)
		for i, token := range [][]byte{[]byte("token"), longest, nil} {
			c.send(&msgdef.RegisterPush{Req: uint64(i + 1), Provider: msgdef.PushAPNs, Token: token})
			var ok msgdef.PushOK
			if c.expect(&ok); ok.Req != uint64(i+1) {
				t.Errorf("%+v in answer to %d", ok, i+1)
			}
			want := rpc.PushToken{UID: c.welcome.UID, Device: 9, Provider: msgdef.PushAPNs, Token: token}
			got := w.far.pushes()[i]
			if !bytes.Equal(got.Token, want.Token) || got.UID != want.UID || got.Device != want.Device || got.Provider != want.Provider {
				t.Errorf("the route got %+v, want %+v", got, want)
			}
		}
	})
}

// TestRegisterPushTooLong ends the session like every frame beyond its limits.
func TestRegisterPushTooLong(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		c := w.login("alice", 9)
		c.send(&msgdef.RegisterPush{Req: 1, Provider: msgdef.PushAPNs, Token: make([]byte, 1025)})
		c.expectError(msgdef.TypeRegisterPush, msgdef.CodeMalformed)
		c.expectEnd()
		synctest.Wait()
		w.wantCloses(gate.ReasonMalformed, 1)
		if got := w.far.pushes(); len(got) != 0 {
			t.Errorf("the route got %d tokens", len(got))
		}
	})
}

// TestChangePassword hands passwords over as of the session's own device, with
// where it is, and keeps none.
func TestChangePassword(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		w.login("bob", 8)
		c := w.login("alice", 9)
		c.send(&msgdef.ChangePassword{Req: 1, Old: []byte("guess"), New: []byte("new")})
		if m := c.expectError(msgdef.TypeChangePassword, msgdef.CodeWrongPassword); m.Req != 1 {
			t.Errorf("%+v", m)
		}
		c.send(&msgdef.ChangePassword{Req: 2, Old: []byte("secret"), New: []byte("new")})
		var ok msgdef.PasswordOK
		if c.expect(&ok); ok.Req != 2 || string(ok.Token) != "renewed" || ok.TokenExpires != 7 {
			t.Errorf("%+v", ok)
		}
		w.far.mu.Lock()
		defer w.far.mu.Unlock()
		got := w.far.changes[0]
		mine := w.far.entered[len(w.far.entered)-1]
		if got.UID != c.welcome.UID || got.Device != 9 || got.Conn != mine.Conn || got.Gate != "g1" || string(got.New) != "new" || got.Generation != mine.Generation {
			t.Errorf("the route got %+v of %+v", got, mine)
		}
	})
}

// TestDeleteAccount hands a proof over as of the session's own account, and keeps none.
func TestDeleteAccount(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		c := w.login("alice", 9)
		c.send(&msgdef.DeleteAccount{Req: 1, Method: msgdef.AuthPassword, Secret: []byte("guess")})
		if m := c.expectError(msgdef.TypeDeleteAccount, msgdef.CodeWrongPassword); m.Req != 1 {
			t.Errorf("%+v", m)
		}
		c.send(&msgdef.DeleteAccount{Req: 2, Method: msgdef.AuthIssuer, Secret: []byte("secret")})
		var ok msgdef.AccountDeleted
		if c.expect(&ok); ok.Req != 2 {
			t.Errorf("%+v", ok)
		}
		w.far.mu.Lock()
		defer w.far.mu.Unlock()
		got := w.far.deletions[0]
		mine := w.far.entered[len(w.far.entered)-1]
		if got.UID != c.welcome.UID || got.Device != 9 || got.Generation != mine.Generation || got.Method != msgdef.AuthIssuer {
			t.Errorf("the route got %+v of %+v", got, mine)
		}
	})
}

// TestFailingRoute answers every kind of request with the route's error, and
// goes on.
func TestFailingRoute(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		c := w.login("alice", 1)
		for method, m := range map[string]interface {
			Type() msgdef.Type
			Append([]byte) []byte
		}{
			"Send":     c.note(77, "x"),
			"GetMsg":   &msgdef.GetMsg{Req: 77},
			"GetConv":  &msgdef.GetConv{Req: 77},
			"Lookup":   &msgdef.Lookup{Req: 77},
			"Presence": &msgdef.GetPresence{Req: 77, UIDs: []uint64{1}},

			"ChangePassword": &msgdef.ChangePassword{Req: 77, Old: []byte("a"), New: []byte("b")},
			"DeleteAccount":  &msgdef.DeleteAccount{Req: 77, Secret: []byte("a")},
			"RegisterPush":   &msgdef.RegisterPush{Req: 77, Provider: msgdef.PushLog, Token: []byte("t")},
		} {
			for _, code := range []msgdef.ErrorCode{msgdef.CodeUnavailable, msgdef.CodeBadArgument} {
				w.far.fail(method, code)
				c.send(m)
				got := c.expectError(m.Type(), code)
				if got.Req != 77 || (got.RetryAfter > 0) != (code >= msgdef.CodeBusy) || got.Detail == "" {
					t.Errorf("%s: %+v", method, got)
				}
			}
		}
		w.far.fail("", 0)
		c.roundTrip(78)
	})
}

// TestFailedSendsHaveOutcomes gives one error per message.
func TestFailedSendsHaveOutcomes(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		c := w.login("alice", 1)
		w.far.fail("Send", msgdef.CodeBusy)
		c.send(c.note(1, "x"), c.note(2, "x"), c.note(3, "x"))
		for i := range uint64(3) {
			if m := c.expectError(msgdef.TypeSend, msgdef.CodeBusy); m.Req != i+1 || m.RetryAfter != 500 {
				t.Errorf("%+v", m)
			}
		}
		w.far.fail("", 0)
		group := &msgdef.Send{Counter: 4, Conv: msgdef.Conversation{15: 1}}
		c.send(group)
		if m := c.expectError(msgdef.TypeSend, msgdef.CodeUnknownConversation); m.Req != 4 || m.RetryAfter != 0 {
			t.Errorf("%+v", m)
		}
	})
}

// TestLoginFails for every reason a route may have, and leaves nothing behind.
func TestLoginFails(t *testing.T) {
	for method, code := range map[string]msgdef.ErrorCode{
		"Login": msgdef.CodeBanned, "Register": msgdef.CodeUnavailable, "Heads": msgdef.CodeTimeout,
	} {
		t.Run(method, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				w := newWorld(t)
				w.far.fail(method, code)
				c := w.dial()
				c.handshake()
				c.say(loginOf("alice", 1))
				m := c.expectError(msgdef.TypeLogin, code)
				if (m.RetryAfter > 0) != (code >= msgdef.CodeBusy) {
					t.Errorf("%+v", m)
				}
				c.expectEnd()
				reason := gate.ReasonLoginFailed
				if code == msgdef.CodeBanned {
					reason = gate.ReasonLoginRefused
				}
				synctest.Wait()
				w.wantCloses(reason, 1)
				if s := w.gate.Stats(); s.Connections != 0 || s.Logins != 0 || w.far.live() != 0 {
					t.Errorf("%+v, %d sessions", s, w.far.live())
				}
				if unregistered := len(w.far.over()); (unregistered == 1) != (method != "Login") {
					t.Errorf("%d unregistered", unregistered)
				}
			})
		})
	}
}

// TestSameDeviceAgain displaces the older session.
func TestSameDeviceAgain(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		old, other := w.login("alice", 1), w.login("alice", 2)
		w.login("alice", 1).roundTrip(1)
		var kicked msgdef.Kicked
		if old.expect(&kicked); kicked.Code != msgdef.CodeReplaced {
			t.Errorf("%+v", kicked)
		}
		old.expectEnd()
		var n msgdef.Notify
		other.expect(&n)
		synctest.Wait()
		w.wantCloses(gate.ReasonReplaced, 1)
		if w.far.live() != 2 {
			t.Errorf("%d sessions", w.far.live())
		}
	})
}

// TestKickWhileLoggingIn ends a session between its registration and LoginOK:
// the client learns both.
func TestKickWhileLoggingIn(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		w.far.intercept(func(method string) error {
			if method != "Heads" {
				return nil
			}
			return w.gate.Kick(t.Context(), &rpc.Kicks{
				Epoch: w.gate.Epoch(),
				Items: []rpc.Kick{{Conn: w.far.connOf(w.far.uid("alice")), Code: msgdef.CodeReplaced}},
			})
		})
		c := w.login("alice", 1)
		var kicked msgdef.Kicked
		c.expect(&kicked)
		c.expectEnd()
		synctest.Wait()
		w.wantCloses(gate.ReasonReplaced, 1)
		if w.far.live() != 0 {
			t.Error("still registered")
		}
	})
}

// TestCursorIsSaved when the session ends, and now and then.
func TestCursorIsSaved(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		c := w.login("alice", 6)
		cursor := func(useq uint64) rpc.Cursor { return rpc.Cursor{UID: c.welcome.UID, Device: 6, USeq: useq} }
		for i := range uint64(5) {
			c.roundTrip(i + 1)
		}
		c.send(&msgdef.Ack{USeq: 2})
		c.send(&msgdef.Ack{USeq: 1}) // never back
		c.send(&msgdef.Ack{USeq: 6}) // nobody was told of 6
		synctest.Wait()
		if len(w.far.saved()) != 0 {
			t.Errorf("saved at once: %v", w.far.saved())
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if want := []rpc.Cursor{cursor(2)}; !slices.Equal(w.far.saved(), want) {
			t.Errorf("%v, want %v", w.far.saved(), want)
		}
		m := c.note(6, "x")
		m.Ack = 3
		c.send(m)
		c.send(&msgdef.GetMsg{Req: 1, After: 4, StoreEpoch: storeEpoch})
		c.send(&msgdef.GetMsg{Req: 2, After: 400, StoreEpoch: storeEpoch}) // of another store
		synctest.Wait()
		c.conn.Close()
		synctest.Wait()
		if want := []rpc.Cursor{cursor(2), cursor(4)}; !slices.Equal(w.far.saved(), want) {
			t.Errorf("%v, want %v", w.far.saved(), want)
		}
		if n := w.gate.Stats().Drops[gate.DropCursor]; n != 1 {
			t.Errorf("%d acknowledgements beyond the head", n)
		}
	})
}

// TestCursorIsSavedAgain, when the message service was away the first time: it
// moves no more.
func TestCursorIsSavedAgain(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		c := w.login("alice", 6)
		c.roundTrip(1)
		w.far.fail("SaveCursors", msgdef.CodeUnavailable)
		c.send(&msgdef.Ack{USeq: 1})
		time.Sleep(10 * time.Second)
		w.far.fail("", 0)
		time.Sleep(time.Second)
		synctest.Wait()
		if want := []rpc.Cursor{{UID: c.welcome.UID, Device: 6, USeq: 1}}; !slices.Equal(w.far.saved(), want) {
			t.Errorf("%v, want %v", w.far.saved(), want)
		}
	})
}

// TestUnregisterIsRepeated until the route takes it.
func TestUnregisterIsRepeated(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		c := w.login("alice", 6)
		w.far.fail("Unregister", msgdef.CodeUnavailable)
		c.conn.Close()
		time.Sleep(100 * time.Millisecond)
		w.far.fail("", 0)
		time.Sleep(time.Second)
		if w.far.live() != 0 {
			t.Error("still registered")
		}
	})
}

// TestCursorsAreSavedTogether, in one call for all that moved, and in none when
// none did. A push decides 3 s after the message: an Ack may wait 1 s in a
// client, and its cursor 1 s in the gate.
func TestCursorsAreSavedTogether(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		var calls, ticks int
		w.far.intercept(func(method string) error {
			if method == "SaveCursors" {
				calls++
			}
			return nil
		})
		clients := []*client{w.login("alice", 1), w.login("bob", 1), w.login("carol", 1)}
		for useq := uint64(1); useq <= 5; useq++ {
			for _, c := range clients {
				c.roundTrip(useq)
				c.send(&msgdef.Ack{USeq: useq})
			}
			time.Sleep(time.Second)
			synctest.Wait()
			ticks++
			if calls != ticks || len(w.far.saved()) != ticks*len(clients) {
				t.Errorf("%d calls with %d cursors in %d s", calls, len(w.far.saved()), ticks)
			}
		}
		time.Sleep(time.Minute)
		if calls != ticks {
			t.Errorf("%d calls for cursors that did not move", calls-ticks)
		}
	})
}
