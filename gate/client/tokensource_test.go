package client

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// source gives a new token each time.
type source struct {
	mu    sync.Mutex
	asked int
	err   error
}

func (s *source) token(context.Context) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	return fmt.Appendf(nil, "jwt%d", s.asked), s.err
}

// fails has it give err from now on, and returns how often it was asked so far.
func (s *source) fails(err error) (asked int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
	return s.asked
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
		s, offline := new(source), errors.New("offline")
		s.fails(offline)
		c := g.client(g.optionsOf(s))
		if err := c.Connect(t.Context()); !errors.Is(err, ErrToken) || !errors.Is(err, offline) {
			t.Errorf("%v", err)
		}
		s.fails(nil)
		done := later(func() error { return c.Connect(context.Background()) })
		p := g.admit(msgdef.LoginOK{})
		wantProof(t, p, msgdef.AuthIssuer, "jwt2")
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		s.fails(offline)
		p.conn.Close()
		time.Sleep(time.Minute)
		asked := s.fails(nil)
		wantProof(t, g.admit(msgdef.LoginOK{}), msgdef.AuthIssuer, fmt.Sprint("jwt", asked+1))
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
		if asked := s.fails(nil); asked != 1 {
			t.Errorf("asked %d times", asked)
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
