package client

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/secure"
)

func wantProof(t *testing.T, p *peer, method msgdef.AuthMethod, secret string) {
	t.Helper()
	if p.login.Method != method || string(p.login.Secret) != secret {
		t.Errorf("logged in by %v with %q, want %v with %q", p.login.Method, p.login.Secret, method, secret)
	}
}

// refuse takes a connection and refuses its login.
func (g *gate) refuse(code msgdef.ErrorCode) *peer {
	g.t.Helper()
	p := g.accept()
	p.readLogin()
	p.send(&msgdef.Error{Of: uint16(msgdef.TypeLogin), Code: code})
	return p
}

func TestTokenInsteadOfPassword(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		state := new(MemoryState)
		o := g.options()
		o.State = state
		expires := time.Now().Add(time.Hour)
		c, p := g.online(o, msgdef.LoginOK{Token: []byte("t1"), TokenExpires: expires.UnixMilli()})
		wantProof(t, p, msgdef.AuthPassword, "secret")
		p.conn.Close()
		p = g.admit(msgdef.LoginOK{}) // by token, and so without a new one
		wantProof(t, p, msgdef.AuthToken, "t1")
		c.Close()

		// The token is remembered, and outlives the password.
		o.Password = ""
		c, p = g.online(o, msgdef.LoginOK{})
		wantProof(t, p, msgdef.AuthToken, "t1")
		c.Close()

		// Past its time, the password comes first.
		time.Sleep(time.Hour)
		o.Password = "secret"
		_, p = g.online(o, msgdef.LoginOK{Token: []byte("t2")})
		wantProof(t, p, msgdef.AuthPassword, "secret")
	})
}

// TestExchangedToken is saved before anything else, and shown from then on, also
// after a start with the token that the app had kept.
func TestExchangedToken(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		state := new(MemoryState)
		o := g.options()
		o.State, o.Token, o.Password = state, []byte("t1"), ""
		c, p := g.online(o, msgdef.LoginOK{Token: []byte("t2")})
		wantProof(t, p, msgdef.AuthToken, "t1")
		if string(state.latest.Token) != "t2" {
			t.Errorf("online with %q saved", state.latest.Token)
		}
		p.conn.Close()
		p = g.admit(msgdef.LoginOK{})
		wantProof(t, p, msgdef.AuthToken, "t2")
		p.conn.Close()
		p = g.admit(msgdef.LoginOK{Token: []byte("t3")})
		wantProof(t, p, msgdef.AuthToken, "t2")
		time.Sleep(time.Millisecond) // it has the answer
		c.Close()

		_, p = g.online(o, msgdef.LoginOK{})
		wantProof(t, p, msgdef.AuthToken, "t3")
	})
}

func TestRefusedTokenFallsBackToThePassword(t *testing.T) {
	for _, code := range []msgdef.ErrorCode{msgdef.CodeBadCredentials, msgdef.CodeTokenExpired, msgdef.CodeTokenReused} {
		bubble(t, func(t *testing.T, g *gate) {
			o := g.options()
			o.Token = []byte("old")
			c := g.client(o)
			failed := later(func() error { return c.Connect(context.Background()) })
			wantProof(t, g.refuse(code), msgdef.AuthToken, "old")
			p := g.admit(msgdef.LoginOK{Token: []byte("new")})
			wantProof(t, p, msgdef.AuthPassword, "secret")
			if err := <-failed; err != nil {
				t.Fatal(err)
			}
			p.conn.Close()
			wantProof(t, g.admit(msgdef.LoginOK{}), msgdef.AuthToken, "new")
		})
	}
}

func TestRefusedTokenAloneStops(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		o := g.options()
		o.Token, o.Password, o.Account = []byte("old"), "", ""
		c := g.client(o)
		failed := later(func() error { return c.Connect(context.Background()) })
		g.refuse(msgdef.CodeTokenExpired)
		wantCode(t, <-failed, msgdef.CodeTokenExpired)
		if c.Status().Phase != Stopped {
			t.Errorf("status is %+v", c.Status())
		}
	})
}

// A server that is busy says nothing against a token.
func TestBusyLoginKeepsTheToken(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		_, p := g.online(g.options(), msgdef.LoginOK{Token: []byte("t1")})
		p.conn.Close()
		start := time.Now()
		conn := must(g.listener.Accept())
		must(conn.Write(secure.AppendRefusal(nil, &msgdef.Refusal{Code: msgdef.CodeBusy, RetryAfter: 5000})))
		p = g.admit(msgdef.LoginOK{})
		if wait := time.Since(start); wait != 500*time.Millisecond+5*time.Second+time.Second {
			t.Errorf("back after %v", wait)
		}
		wantProof(t, p, msgdef.AuthToken, "t1")
		conn.Close()
	})
}

func TestStateOfSomebodyElse(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		for _, change := range []func(*Options){
			func(o *Options) { o.Account = "bob" },
			func(o *Options) { o.Device = 5 },
		} {
			o := g.options()
			state := resumed(1)
			o.State = state
			change(&o)
			if _, err := New(o); !errors.Is(err, ErrStateMismatch) {
				t.Errorf("error is %v", err)
			}
			if state.taken {
				t.Error("the state was not let go")
			}
		}
	})
}

// A device that options name starts above whatever it may have used.
func TestNamedDeviceWithoutAState(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		first := must(New(g.options()))
		a := first.Queue(testConv, 1, nil).Counter()
		first.Close()
		time.Sleep(time.Millisecond)
		second := must(New(g.options()))
		b := second.Queue(testConv, 1, nil).Counter()
		second.Close()
		if a == 0 || b <= a {
			t.Errorf("counters are %d and %d", a, b)
		}
		o := g.options()
		o.Device = 0
		random := must(New(o))
		if random.Device() == 0 || random.Queue(testConv, 1, nil).Counter() != 1 {
			t.Error("a new device does not start with 1")
		}
		random.Close()
	})
}

func TestOptionsTellEveryMistake(t *testing.T) {
	_, err := New(Options{
		Address: "nowhere", Suite: 9, Account: strings.Repeat("a", 65), App: "\xff", Password: strings.Repeat("p", 1025),
		Queue: -1, Window: -1, Requests: -1, SendExpiry: -1, Heartbeat: 1500 * time.Millisecond,
		Backoff: Backoff{Min: -1}, Timeouts: Timeouts{Gap: -1},
	})
	var wrong *OptionsError
	if !errors.As(err, &wrong) {
		t.Fatalf("error is %v", err)
	}
	for _, field := range []string{"Address", "Roots", "Suite", "Account", "App", "Password", "Queue", "Window", "Requests", "SendExpiry", "Heartbeat", "Backoff.Min", "Timeouts.Gap"} {
		if !bytes.Contains([]byte(err.Error()), []byte(field+":")) {
			t.Errorf("%s is not told: %v", field, err)
		}
	}
	bubble(t, func(t *testing.T, g *gate) {
		o := g.options()
		o.Password = ""
		if _, err := New(o); !errors.As(err, &wrong) {
			t.Errorf("no proof at all: %v", err)
		}
	})
}
