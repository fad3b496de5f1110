package client

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// source gives a new token each time.
type source struct {
	asked int
	err   error
}

func (s *source) token(context.Context) ([]byte, error) {
	s.asked++
	return fmt.Appendf(nil, "jwt%d", s.asked), s.err
}

func (g *gate) optionsOf(s *source) Options {
	o := g.options()
	o.Account, o.Password, o.TokenSource = "", "", s.token
	return o
}

// TestTokenSource is asked for each login, whatever the server answers.
func TestTokenSource(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		s := new(source)
		_, p := g.online(g.optionsOf(s), msgdef.LoginOK{TokenExpires: time.Now().Add(time.Hour).UnixMilli()})
		wantProof(t, p, msgdef.AuthIssuer, "jwt1")
		p.conn.Close()
		wantProof(t, g.admit(msgdef.LoginOK{}), msgdef.AuthIssuer, "jwt2")
	})
}

// TestTokenSourceFails once; later is another try.
func TestTokenSourceFails(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		s := &source{err: errors.New("offline")}
		c := g.client(g.optionsOf(s))
		if err := c.Connect(t.Context()); !errors.Is(err, ErrToken) || !errors.Is(err, s.err) {
			t.Errorf("%v", err)
		}
		s.err = nil
		done := later(func() error { return c.Connect(context.Background()) })
		p := g.admit(msgdef.LoginOK{})
		wantProof(t, p, msgdef.AuthIssuer, "jwt2")
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		s.err = errors.New("offline again")
		p.conn.Close()
		time.Sleep(time.Minute)
		s.err = nil
		wantProof(t, g.admit(msgdef.LoginOK{}), msgdef.AuthIssuer, fmt.Sprint("jwt", s.asked))
	})
}

// TestTokenSourceAndTickets asks only when the gate wants a proof.
func TestTokenSourceAndTickets(t *testing.T) {
	plain(t, func(t *testing.T, g *gate) {
		s := new(source)
		_, p := g.withTickets(g.optionsOf(s))
		flap(p)
		p = g.resumed(1, msgdef.LoginOK{})
		p.pong()
		if s.asked != 1 {
			t.Errorf("asked %d times", s.asked)
		}
		flap(p)
		p = g.unknown()
		p.welcome(msgdef.LoginOK{})
		wantProof(t, p, msgdef.AuthIssuer, "jwt2")
	})
}

func TestTokenSourceIsAlone(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		for _, change := range []func(*Options){func(o *Options) { o.Token = []byte("t") }, func(o *Options) { o.Account, o.Password = "alice", "secret" }} {
			o := g.optionsOf(new(source))
			change(&o)
			var wrong *OptionsError
			if _, err := New(o); !errors.As(err, &wrong) {
				t.Errorf("%v", err)
			}
		}
	})
}
