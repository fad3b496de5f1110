package client

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/sim-im/sim/msgdef"
)

// TestChangePassword takes the new token in the place of all proofs before the
// caller hears of it, and is not logged in with anything else again.
func TestChangePassword(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		o := g.options()
		state := new(MemoryState)
		o.State, o.Password = state, "old"
		c, p := g.online(o, msgdef.LoginOK{Token: []byte("first")})
		done := later(func() error { return c.ChangePassword(t.Context(), "old", "new") })
		q := expect[msgdef.ChangePassword](p)
		if string(q.Old) != "old" || string(q.New) != "new" || q.Req == 0 {
			t.Errorf("asked %+v", q)
		}
		p.send(&msgdef.PasswordOK{Req: q.Req, Token: []byte("second"), TokenExpires: 1 << 50})
		if err := <-done; err != nil {
			t.Error(err)
		}
		if s := saved(state); string(s.Token) != "second" || s.TokenExpires.UnixMilli() != 1<<50 || len(s.Tickets) != 0 {
			t.Errorf("saved %+v", s)
		}
		if l := c.credentials.list; len(l) != 1 || string(l[0].secret) != "second" || l[0].method != msgdef.AuthToken {
			t.Errorf("proofs %+v", l)
		}
	})
}

// TestChangePasswordUnheard is answered when nobody waits any more: the token
// counts all the same.
func TestChangePasswordUnheard(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		o := g.options()
		state := new(MemoryState)
		o.State = state
		c, p := g.online(o, msgdef.LoginOK{Token: []byte("first")})
		ctx, cancel := context.WithCancel(t.Context())
		done := later(func() error { return c.ChangePassword(ctx, "old", "new") })
		q := expect[msgdef.ChangePassword](p)
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		p.send(&msgdef.PasswordOK{Req: q.Req, Token: []byte("second")})
		done = later(func() error { return c.ChangePassword(t.Context(), "old", "new") })
		q = expect[msgdef.ChangePassword](p)
		synctest.Wait()
		if s := saved(state); string(s.Token) != "second" {
			t.Errorf("saved %+v", s)
		}
		for code, kind := range map[msgdef.ErrorCode]error{
			msgdef.CodeWrongPassword: ErrWrongPassword, msgdef.CodeWeakPassword: ErrNewPassword, msgdef.CodeSamePassword: ErrNewPassword,
			msgdef.CodeBusy: ErrBusy,
		} {
			p.send(&msgdef.Error{Of: uint16(msgdef.TypeChangePassword), Req: q.Req, Code: code, Detail: "so"})
			if err := <-done; !errors.Is(err, kind) {
				t.Errorf("%v: %v", code, err)
			}
			done = later(func() error { return c.ChangePassword(t.Context(), "old", "new") })
			q = expect[msgdef.ChangePassword](p)
		}
		p.send(&msgdef.PushOK{Req: q.Req})
		if err := <-done; !errors.Is(err, ErrProtocol) {
			t.Errorf("another answer: %v", err)
		}
		if err := c.ChangePassword(t.Context(), string(make([]byte, 2049)), "new"); !errors.Is(err, ErrArgument) {
			t.Errorf("a long password: %v", err)
		}
	})
}

// saved returns what a state keeps now.
func saved(m *MemoryState) Snapshot {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.latest
}
