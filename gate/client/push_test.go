package client

import (
	"errors"
	"testing"
	"testing/synctest"

	"github.com/sim-im/sim/msgdef"
)

func TestRegisterPush(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		c, p := g.online(g.options(), msgdef.LoginOK{})
		for _, token := range []string{"a token", ""} {
			done := later(func() error { return c.RegisterPush(t.Context(), msgdef.PushFCM, []byte(token)) })
			q := expect[msgdef.RegisterPush](p)
			if q.Req == 0 || q.Provider != msgdef.PushFCM || string(q.Token) != token {
				t.Errorf("asked %+v for %q", q, token)
			}
			p.send(&msgdef.PushOK{Req: q.Req + 1}) // for somebody else
			synctest.Wait()
			select {
			case err := <-done:
				t.Errorf("%v before the answer", err)
			default:
			}
			p.send(&msgdef.PushOK{Req: q.Req})
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	})
}

func TestRegisterPushRefused(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		c, p := g.online(g.options(), msgdef.LoginOK{})
		if err := c.RegisterPush(t.Context(), msgdef.PushFCM, make([]byte, 1025)); !errors.Is(err, ErrArgument) {
			t.Errorf("a long token: %v", err)
		}
		done := later(func() error { return c.RegisterPush(t.Context(), 0, []byte("t")) })
		q := expect[msgdef.RegisterPush](p)
		p.send(&msgdef.Error{Of: uint16(msgdef.TypeRegisterPush), Req: q.Req, Code: msgdef.CodeBadArgument})
		wantCode(t, <-done, msgdef.CodeBadArgument)
		done = later(func() error { return c.RegisterPush(t.Context(), msgdef.PushFCM, nil) })
		q = expect[msgdef.RegisterPush](p)
		p.send(&msgdef.Presence{Req: q.Req})
		if err := <-done; !errors.Is(err, ErrProtocol) {
			t.Errorf("another answer: %v", err)
		}
	})
}
