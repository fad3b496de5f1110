package dev

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// ended waits until a user's client has stopped for a kick of a kind and code.
func (u *user) ended(kind error, code msgdef.ErrorCode) {
	u.t.Helper()
	eventually(u.t, "the end of "+u.Account(), func() bool { return u.Status().Phase == client.Stopped })
	var e *client.Error
	if err := u.Status().Err; !errors.Is(err, kind) || !errors.Is(err, client.ErrKicked) || !errors.As(err, &e) || e.Code != code {
		u.t.Errorf("ended by %v, want %v", err, code)
	}
}

// comesBack connects again: with a password it does, and with the token that is
// worth nothing any more the app is told to ask for one.
func (u *user) comesBack(password bool) {
	u.t.Helper()
	err := u.Connect(u.ctx())
	switch {
	case password && err != nil:
		u.t.Errorf("not back with the password: %v", err)
	case !password && (!errors.Is(err, client.ErrCredentials) && !errors.Is(err, client.ErrRevoked) || u.Status().Phase != client.Stopped):
		u.t.Errorf("with a token that is gone: %v", err)
	}
}

// TestRevokedComesBackByPassword ends the sessions of an account, or of one of its
// devices (207), while these have tickets, a token, and a password or none.
func TestRevokedComesBackByPassword(t *testing.T) {
	for name, password := range map[string]bool{"with the password": true, "with a token only": false} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			state := new(client.MemoryState)
			o := w.options("alice")
			o.State = state
			if !password {
				w.connect(o).close()
				o.Password = ""
			}
			alice, other := w.connect(o), w.user("alice")
			revoke := func(device uint64) {
				t.Helper()
				if _, err := w.server.service.Revoke(t.Context(), &rpc.Sanction{Account: "alice", Device: device}); err != nil {
					t.Fatal(err)
				}
			}
			revoke(alice.Device())
			alice.ended(client.ErrRevoked, msgdef.CodeRevoked)
			alice.comesBack(password)
			if s := other.Status(); s.Phase != client.Online {
				t.Errorf("the other device is %v: %v", s.Phase, s.Err)
			}
			revoke(0)
			other.ended(client.ErrRevoked, msgdef.CodeRevoked)
			other.comesBack(true)
			if password {
				alice.ended(client.ErrRevoked, msgdef.CodeRevoked)
				alice.comesBack(true)
			}
		})
	}
}

// TestStolenTokenEndsBoth shows a token that was exchanged (208): whoever does is
// refused, the session of what it was exchanged for ends, and only a password
// leads back.
func TestStolenTokenEndsBoth(t *testing.T) {
	for name, password := range map[string]bool{"with the password": true, "with a token only": false} {
		t.Run(name, func(t *testing.T) {
			var ahead atomic.Int64 // of the server's clock
			w := newWorldWith(t, func(o *Options) {
				o.ServiceLimits.TokenRotation = time.Nanosecond
				o.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
			})
			state := new(client.MemoryState)
			o := w.options("alice")
			o.State, o.NoResume = state, true
			w.connect(o).close()
			stolen := tokenIn(t, state)
			if !password {
				o.Password = ""
			}
			w.connect(o).close()
			alice := w.connect(o)
			ahead.Add(int64(time.Minute)) // it is no login that took long
			thief := w.options("")
			thief.Password, thief.Token = "", stolen
			c, err := client.New(thief)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			var refused *client.Error
			if err := c.Connect(alice.ctx()); !errors.Is(err, client.ErrRevoked) || !errors.As(err, &refused) || refused.Code != msgdef.CodeTokenReused || c.Status().Phase != client.Stopped {
				t.Errorf("a stolen token: %v", err)
			}
			alice.ended(client.ErrRevoked, msgdef.CodeTokenReused)
			alice.comesBack(password)
		})
	}
}

// tokenIn returns the token of a state that nobody has open.
func tokenIn(t *testing.T, state *client.MemoryState) []byte {
	t.Helper()
	s, err := state.Load()
	if err != nil {
		t.Fatal(err)
	}
	if err := state.Close(); err != nil {
		t.Fatal(err)
	}
	return s.Token
}
