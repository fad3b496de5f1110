package client

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
	"github.com/sim-im/sim/msgdef/secure"
)

func appendFrame(m frame.Message) []byte { return frame.Append(nil, m) }

// wantReason checks why the client is not online.
func wantReason(t *testing.T, r *recorder, want error) {
	t.Helper()
	if s := r.last(); !errors.Is(s.Err, want) {
		t.Errorf("status is %v: %v, want %v", s.Phase, s.Err, want)
	}
}

func wantPhases(t *testing.T, r *recorder, want ...Phase) {
	t.Helper()
	if got := r.phases(); !slices.Equal(got, want) {
		t.Errorf("phases are %v, want %v", got, want)
	}
}

func wantCode(t *testing.T, err error, want msgdef.ErrorCode) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Code != want {
		t.Errorf("error is %v, want code %v", err, want)
	}
}

func TestConnectTellsTheServerWhoItIs(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var r recorder
		o := r.record(g.options())
		o.App, o.Platform = "test 1", msgdef.PlatformDesktop
		c, p := g.online(o, msgdef.LoginOK{Account: "Alice"})
		tickets := uint8(maxTickets)
		if g.network.Secured {
			tickets = 0
		}
		want := msgdef.Login{
			Versions: []byte{secure.Version}, Suites: []byte{1, 2},
			Method: msgdef.AuthPassword, Account: "alice", Secret: []byte("secret"),
			Device: testDevice, Platform: msgdef.PlatformDesktop, App: "test 1", SDK: sdkName, Heartbeat: 60, Tickets: tickets,
		}
		if got := p.login; string(got.Append(nil)) != string(want.Append(nil)) {
			t.Errorf("login is %+v", got)
		}
		if c.UID() != testUID || c.Account() != "Alice" || c.Device() != testDevice {
			t.Errorf("is %d %q %d", c.UID(), c.Account(), c.Device())
		}
		wantPhases(t, &r, Connecting, Online)
		if err := c.Connect(t.Context()); err != nil {
			t.Errorf("Connect again: %v", err)
		}
	})
}

func TestConnectClassicalSuite(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		o := g.options()
		o.Suite = secure.ClassicalAESGCM
		_, p := g.online(o, msgdef.LoginOK{})
		if p.keys.Suite() != secure.ClassicalAESGCM {
			t.Errorf("suite is %v", p.keys.Suite())
		}
	})
}

func TestNobodyListens(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var r recorder
		g.listener.Close()
		c := g.client(r.record(g.options()))
		if err := c.Connect(t.Context()); !errors.Is(err, ErrUnreachable) {
			t.Errorf("error is %v", err)
		}
		wantPhases(t, &r, Connecting, Idle)
		if h := c.Queue(testConv, 1, nil); h.Counter() == 0 {
			t.Error("nothing can be queued before the next try")
		}
	})
}

func TestConnectEndsWithItsContext(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		c := g.client(g.options())
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := c.Connect(ctx) // nobody accepts
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, ErrUnreachable) {
			t.Errorf("error is %v", err)
		}
	})
}

// A server that takes the connection and says nothing.
func TestHandshakeTimeout(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		c := g.client(g.options())
		start := time.Now()
		if err := c.Connect(t.Context()); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 20*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

func TestCloseEndsConnect(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		c := g.client(g.options())
		time.AfterFunc(time.Second, func() { c.Close() })
		if err := c.Connect(t.Context()); err == nil {
			t.Error("connected to nobody")
		}
		if err := c.Connect(t.Context()); !errors.Is(err, ErrClosed) {
			t.Errorf("Connect after Close: %v", err)
		}
	})
}

func TestOtherRoots(t *testing.T) {
	plain(t, func(t *testing.T, g *gate) {
		var r recorder
		o := r.record(g.options())
		o.Roots = must(secure.NewRoots(must(secure.NewRootKey(rand.Reader)).Public()))
		c := g.client(o)
		go g.accept()
		if err := c.Connect(t.Context()); !errors.Is(err, ErrUntrusted) || !errors.Is(err, secure.ErrUnknownRoot) || !errors.Is(err, ErrUnconfirmed) {
			t.Errorf("error is %v", err)
		}
		wantPhases(t, &r, Connecting, Idle)
	})
}

// A refused handshake counts for good only inside TLS, where it is a gate's.
func TestRefusedHandshake(t *testing.T) {
	for code, phase := range map[msgdef.ErrorCode]Phase{
		msgdef.CodeVersion: Stopped,
		msgdef.CodeSuite:   Stopped,
		msgdef.CodeBanned:  Stopped,
		msgdef.CodeBusy:    Idle,
	} {
		t.Run(code.String(), func(t *testing.T) {
			bubble(t, func(t *testing.T, g *gate) {
				var r recorder
				phase := phase
				if !g.network.Secured {
					phase = Idle
				}
				c := g.client(r.record(g.options()))
				go func() {
					conn := must(g.listener.Accept())
					must(conn.Write(secure.AppendRefusal(nil, &msgdef.Refusal{Code: code})))
					conn.Close()
				}()
				err := c.Connect(t.Context())
				if !errors.Is(err, ErrRefused) {
					t.Errorf("error is %v", err)
				}
				wantCode(t, err, code)
				wantPhases(t, &r, Connecting, phase)
				if errors.Is(err, ErrUnconfirmed) == g.network.Secured {
					t.Errorf("inside TLS %t: %v", g.network.Secured, err)
				}
			})
		})
	}
}

func TestGarbageInsteadOfAHandshake(t *testing.T) {
	for _, garbage := range []string{"HTTP/1.1 400 Bad Request\r\n\r\n", "\x01\x00\x00", "\x01\xff\xff", "\x01\x40\x00" + string(make([]byte, 64)), "\x02\x01\x00x"} {
		plain(t, func(t *testing.T, g *gate) {
			c := g.client(g.options())
			go func() {
				conn := must(g.listener.Accept())
				must(conn.Write([]byte(garbage)))
			}()
			if err := c.Connect(t.Context()); !errors.Is(err, ErrProtocol) {
				t.Errorf("%q: error is %v", garbage, err)
			}
		})
	}
}

// A refused login.
func TestLoginRefused(t *testing.T) {
	for _, test := range []struct {
		answer frame.Message
		want   error
		code   msgdef.ErrorCode
		phase  Phase
	}{
		{&msgdef.Error{Of: 1, Code: msgdef.CodeBadCredentials, Detail: "no\x1b[31m such"}, ErrRefused, msgdef.CodeBadCredentials, Stopped},
		{&msgdef.Error{Of: 1, Code: msgdef.CodeBanned}, ErrRefused, msgdef.CodeBanned, Stopped},
		{&msgdef.Error{Of: 1, Code: msgdef.CodeUpgrade}, ErrRefused, msgdef.CodeUpgrade, Stopped},
		{&msgdef.Error{Of: 1, Code: msgdef.CodeUnavailable, RetryAfter: 100}, ErrRefused, msgdef.CodeUnavailable, Idle},
		{&msgdef.Kicked{Code: msgdef.CodeBanned}, ErrKicked, msgdef.CodeBanned, Stopped},
		{&msgdef.Pong{}, ErrProtocol, 0, Idle},
		{&msgdef.LoginOK{}, ErrProtocol, 0, Idle}, // user 0
	} {
		bubble(t, func(t *testing.T, g *gate) {
			var r recorder
			c := g.client(r.record(g.options()))
			go func() {
				p := g.accept()
				p.readLogin()
				p.send(test.answer)
			}()
			err := c.Connect(t.Context())
			if !errors.Is(err, test.want) {
				t.Errorf("error is %v, want %v", err, test.want)
			}
			if test.code != 0 {
				wantCode(t, err, test.code)
			}
			if slices.Contains([]byte(err.Error()), 0x1b) {
				t.Errorf("%q would play with the terminal", err)
			}
			wantPhases(t, &r, Connecting, test.phase)
		})
	}
}

func TestFramesBehindLoginOKUnderTheSameKeys(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		c := g.client(g.options())
		go func() {
			p := g.accept()
			p.readLogin()
			p.send(&msgdef.LoginOK{UID: testUID}, &msgdef.Pong{})
		}()
		if err := c.Connect(t.Context()); !errors.Is(err, ErrProtocol) {
			t.Errorf("error is %v", err)
		}
	})
}

// What follows LoginOK may come in the same read.
func TestFramesThatComeWithLoginOK(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var r recorder
		c := g.client(r.record(g.options()))
		go func() {
			p := g.accept()
			body := p.readLogin()
			ok := msgdef.LoginOK{UID: testUID, StoreEpoch: testEpoch, Session: [16]byte{9}}
			out := must(p.keys.Out.Append(nil, appendFrame(&ok), time.Now()))
			if err := p.keys.Bind(ok.Session, body, ok.Append(nil)); err != nil {
				t.Error(err)
			}
			out = must(p.keys.Out.Append(out, appendFrame(note(1)), time.Now()))
			out = must(p.keys.Out.Append(out, appendFrame(note(2)), time.Now()))
			p.write(out[:len(out)-10])
			time.Sleep(time.Second)
			p.write(out[len(out)-10:])
		}()
		if err := c.Connect(t.Context()); err != nil {
			t.Fatal(err)
		}
		wantUSeqs(t, &r, 1)
		time.Sleep(time.Second)
		wantUSeqs(t, &r, 1, 2)
	})
}

func TestReconnectsAfterALoss(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var r recorder
		_, p := g.online(r.record(g.options()), msgdef.LoginOK{})
		p.conn.Close()
		start := time.Now()
		g.admit(msgdef.LoginOK{}).conn.Close()
		if wait := time.Since(start); wait != 500*time.Millisecond {
			t.Errorf("first wait is %v", wait)
		}
		start = time.Now()
		p = g.admit(msgdef.LoginOK{}) // the one before did not last
		if wait := time.Since(start); wait != time.Second {
			t.Errorf("second wait is %v", wait)
		}
		time.Sleep(stableAfter)
		p.conn.Close()
		start = time.Now()
		g.admit(msgdef.LoginOK{})
		if wait := time.Since(start); wait != 500*time.Millisecond {
			t.Errorf("wait after a stable session is %v", wait)
		}
		wantPhases(t, &r, Connecting, Online, Waiting, Connecting, Online, Waiting, Connecting, Online, Waiting, Connecting, Online)
	})
}

func TestReconnectsWhenTheServerComesBack(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var r recorder
		c, p := g.online(r.record(g.options()), msgdef.LoginOK{})
		g.listener.Close()
		p.conn.Close()
		time.Sleep(30 * time.Second)
		wantReason(t, &r, ErrUnreachable)
		g.listener = must(g.network.Listen("gate"))
		t.Cleanup(func() { g.listener.Close() })
		g.admit(msgdef.LoginOK{})
		synctest.Wait()
		if s := c.Status(); s.Phase != Online {
			t.Errorf("status is %+v", s)
		}
	})
}

func TestKickedStops(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var r recorder
		c, p := g.online(r.record(g.options()), msgdef.LoginOK{})
		h := c.post(parcel{conv: testConv, kind: 1})
		expect[msgdef.Send](p)
		p.send(note(1), &msgdef.Kicked{Code: msgdef.CodeReplaced, Detail: "elsewhere"}, note(2))
		p.conn.Close()
		wantUSeqs(t, &r, 1)
		wantReason(t, &r, ErrKicked)
		wantCode(t, r.last().Err, msgdef.CodeReplaced)
		<-h.Done()
		if _, err := h.Wait(t.Context()); !errors.Is(err, ErrStopped) || !errors.Is(err, ErrKicked) || !errors.Is(err, ErrOutcomeUnknown) {
			t.Errorf("pending send: %v", err)
		}
		if _, err := c.Send(t.Context(), testConv, 1, nil); !errors.Is(err, ErrStopped) || errors.Is(err, ErrOutcomeUnknown) {
			t.Errorf("send when stopped: %v", err)
		}
		if _, err := c.History(t.Context(), testConv, 0, 0); !errors.Is(err, ErrStopped) {
			t.Errorf("request when stopped: %v", err)
		}
		time.Sleep(time.Hour)
		wantPhases(t, &r, Connecting, Online, Stopped)

		// The application may decide to come back.
		go g.admit(msgdef.LoginOK{Cursor: 1, Head: 1})
		if err := c.Connect(t.Context()); err != nil {
			t.Errorf("Connect after a kick: %v", err)
		}
	})
}

// A kick soon after a loss may be the doing of the login that was lost: once.
func TestOvertakenByItself(t *testing.T) {
	kick := func(p *peer, code msgdef.ErrorCode) {
		p.send(&msgdef.Kicked{Code: code})
		p.conn.Close()
		synctest.Wait()
	}
	for name, c := range map[string]struct {
		code    msgdef.ErrorCode
		after   time.Duration
		excused bool
	}{
		"soon":          {msgdef.CodeReplaced, 20 * time.Second, true},
		"late":          {msgdef.CodeReplaced, 40 * time.Second, false},
		"other device":  {msgdef.CodeOtherDevice, time.Second, false},
		"another cause": {msgdef.CodeRevoked, time.Second, false},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, g *gate) {
				var r recorder
				_, p := g.online(r.record(g.options()), msgdef.LoginOK{})
				p.conn.Close()
				p = g.admit(msgdef.LoginOK{})
				time.Sleep(c.after)
				kick(p, c.code)
				if !c.excused {
					wantPhases(t, &r, Connecting, Online, Waiting, Connecting, Online, Stopped)
					return
				}
				p = g.admit(msgdef.LoginOK{})
				time.Sleep(time.Second)
				wantPhases(t, &r, Connecting, Online, Waiting, Connecting, Online, Waiting, Connecting, Online)
				kick(p, c.code)
				wantReason(t, &r, ErrReplaced)
				if got := r.last().Phase; got != Stopped {
					t.Errorf("the second kick leads to %v", got)
				}
			})
		})
	}
}

// The reason is read even when a write has failed before.
func TestKickedWhileWriting(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var r recorder
		c, p := g.online(r.record(g.options()), msgdef.LoginOK{})
		p.send(&msgdef.Kicked{Code: msgdef.CodeReplaced})
		p.conn.Close()
		c.SendFunc(testConv, 1, nil, nil)
		wantReason(t, &r, ErrKicked)
	})
}

func TestGoAwayMovesWithinTheWindow(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var r recorder
		c, p := g.online(r.record(g.options()), msgdef.LoginOK{})
		p.silent(20 * time.Second)
		p.send(&msgdef.GoAway{Window: 3000})
		start := time.Now()
		p.silent(2 * time.Second)
		p.send(note(1), &msgdef.GoAway{Window: 3000}) // the session goes on, the moment stays
		wantUSeqs(t, &r, 1)
		c.SendFunc(testConv, 1, []byte("pending"), nil)
		p.gone()
		next := g.admit(msgdef.LoginOK{Head: 1})
		if wait := time.Since(start); wait != 3*time.Second {
			t.Errorf("moved after %v", wait)
		}
		expect[msgdef.GetMsg](next)
		expect[msgdef.Send](next)
	})
}

// A gate that sends everybody away is not hammered.
func TestGoAwayAgainAndAgain(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		start := time.Now()
		_, p := g.online(g.options(), msgdef.LoginOK{})
		for range 4 {
			p.send(&msgdef.GoAway{})
			p.gone()
			p = g.admit(msgdef.LoginOK{})
		}
		if wait := time.Since(start); wait != 0+time.Second+2*time.Second+4*time.Second {
			t.Errorf("four moves in %v", wait)
		}
	})
}

func TestSilentServer(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var r recorder
		o := r.record(g.options())
		_, p := g.online(o, msgdef.LoginOK{Heartbeat: 40})
		start := time.Now()
		ping := expect[msgdef.Ping](p)
		if wait := time.Since(start); wait != 30*time.Second {
			t.Errorf("first ping after %v", wait)
		}
		p.send(&msgdef.Pong{Nonce: ping.Nonce})
		next := expect[msgdef.Ping](p)
		if wait := time.Since(start); wait != 70*time.Second || next.Nonce == ping.Nonce { // the gate granted 40 s, and 30 were good
			t.Errorf("second ping after %v: %+v", wait, next)
		}
		p.send(&msgdef.Pong{Nonce: ping.Nonce}) // of the first
		p.gone()
		if wait := time.Since(start); wait != 80*time.Second {
			t.Errorf("given up after %v", wait)
		}
		wantReason(t, &r, ErrSilent)
		g.admit(msgdef.LoginOK{})
	})
}

func TestSlowServerIsNotLeft(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var r recorder
		_, p := g.online(r.record(g.options()), msgdef.LoginOK{})
		expect[msgdef.Ping](p)
		for useq := range uint64(10) { // no pong, but a message from time to time
			time.Sleep(9 * time.Second)
			p.send(note(useq + 1))
		}
		wantPhases(t, &r, Connecting, Online)
		time.Sleep(9 * time.Second)
		wantPhases(t, &r, Connecting, Online)
		time.Sleep(time.Second)
		wantReason(t, &r, ErrSilent)
	})
}

func TestPongTellsOfLostNotifies(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var r recorder
		_, p := g.online(r.record(g.options()), msgdef.LoginOK{})
		ping := expect[msgdef.Ping](p)
		p.send(&msgdef.Pong{Nonce: ping.Nonce, Head: 1})
		expect[msgdef.AppState](p)
		p.silent(49 * time.Millisecond)
		q := expect[msgdef.GetMsg](p)
		p.send(page(q.Req, 1, 1))
		wantUSeqs(t, &r, 1)
	})
}

// A peer that takes nothing any more: the write gives up, or the pong is late.
func TestServerStopsReading(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var r recorder
		c, _ := g.online(r.record(g.options()), msgdef.LoginOK{})
		body := make([]byte, msgdef.MaxBody)
		for range 20 { // more than the pipe holds
			go c.SendFunc(testConv, 1, body, nil)
		}
		time.Sleep(16*time.Second + 200*time.Millisecond)
		wantReason(t, &r, ErrUnreachable)
		c.Close()
	})
}

func TestBrokenRecords(t *testing.T) {
	for name, bytes := range map[string]func(*peer) []byte{
		"garbage": func(*peer) []byte { return []byte("certainly not a record") },
		"zero":    func(*peer) []byte { return make([]byte, 64) },
		"flipped": func(p *peer) []byte {
			b := must(p.keys.Out.Append(nil, appendFrame(note(1)), time.Now()))
			b[9] ^= 1
			return b
		},
		"wrong way": func(p *peer) []byte { return must(p.keys.Out.Append(nil, appendFrame(&msgdef.Ping{}), time.Now())) },
		"login":     func(p *peer) []byte { return must(p.keys.Out.Append(nil, appendFrame(&msgdef.LoginOK{}), time.Now())) },
		"cut notify": func(p *peer) []byte {
			return must(p.keys.Out.Append(nil, frame.AppendRaw(nil, msgdef.TypeNotify, []byte{1}), time.Now()))
		},
		"no message": func(p *peer) []byte {
			return must(p.keys.Out.Append(nil, appendFrame(&msgdef.Notify{USeq: 1, Message: []byte("?")}), time.Now()))
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, g *gate) {
				var r recorder
				_, p := g.online(r.record(g.options()), msgdef.LoginOK{})
				p.write(bytes(p))
				wantUSeqs(t, &r)
				wantReason(t, &r, ErrProtocol)
				wantPhases(t, &r, Connecting, Online, Waiting)
			})
		})
	}
}

func TestUnknownFramesAreLeftAlone(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var r recorder
		_, p := g.online(r.record(g.options()), msgdef.LoginOK{})
		frames := frame.AppendRaw(nil, 0x7001, []byte("of a newer server"))
		p.write(must(p.keys.Out.Append(nil, append(frames, appendFrame(note(1))...), time.Now())))
		wantUSeqs(t, &r, 1)
	})
}
