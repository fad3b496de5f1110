package client

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"

	"github.com/sim-im/sim/msgdef"
)

// TestDeleteAccount leaves nothing in the state before the caller hears of it, and ends
// the client for that reason: by the answer, or where that is lost by the kick.
func TestDeleteAccount(t *testing.T) {
	for name, answer := range map[string]func(p *peer, q *msgdef.DeleteAccount){
		"answer": func(p *peer, q *msgdef.DeleteAccount) { p.send(&msgdef.AccountDeleted{Req: q.Req}) },
		"kicked": func(p *peer, q *msgdef.DeleteAccount) { p.send(&msgdef.Kicked{Code: msgdef.CodeDeleted}) },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, g *gate) {
				o := g.options()
				state := new(MemoryState)
				o.State = state
				c, p := g.online(o, msgdef.LoginOK{Token: []byte("first")})
				handle := c.Queue(msgdef.Pair(1, 2), msgdef.ContentText, []byte("waits"))
				expect[msgdef.Send](p)
				done := later(func() error { return c.DeleteAccount(t.Context(), "secret") })
				q := expect[msgdef.DeleteAccount](p)
				if string(q.Secret) != "secret" || q.Method != msgdef.AuthPassword || q.Req == 0 {
					t.Errorf("asked %+v", q)
				}
				answer(p, &q)
				if err := <-done; err != nil {
					t.Error(err)
				}
				queued, _ := state.Queued()
				if s := saved(state); s.Device != 0 || s.Token != nil || s.Account != "" || len(queued) != 0 {
					t.Errorf("saved %+v and %d queued", s, len(queued))
				}
				synctest.Wait()
				if status := c.Status(); status.Phase != Stopped || !errors.Is(status.Err, ErrDeleted) {
					t.Errorf("afterwards: %+v", status)
				}
				if _, err := handle.Wait(t.Context()); !errors.Is(err, ErrStopped) {
					t.Errorf("what was queued: %v", err)
				}
				if err := c.Close(); err != nil {
					t.Error(err)
				}
				if s := saved(state); s.Device != 0 {
					t.Errorf("saved at the end: %+v", s)
				}
			})
		})
	}
}

// TestDeleteAccountRefused goes on as before. Nor does a client forget anything whose
// account is deleted by another.
func TestDeleteAccountRefused(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		o := g.options()
		state := new(MemoryState)
		o.State = state
		o.TokenSource = func(context.Context) ([]byte, error) { return []byte("jwt"), nil }
		o.Password = ""
		c, p := g.online(o, msgdef.LoginOK{Token: []byte("first")})
		done := later(func() error { return c.DeleteAccount(t.Context(), "other jwt") })
		q := expect[msgdef.DeleteAccount](p)
		if q.Method != msgdef.AuthIssuer {
			t.Errorf("asked %+v", q)
		}
		p.send(&msgdef.Error{Of: uint16(msgdef.TypeDeleteAccount), Req: q.Req, Code: msgdef.CodeWrongPassword})
		if err := <-done; !errors.Is(err, ErrWrongPassword) {
			t.Error(err)
		}
		p.send(&msgdef.Kicked{Code: msgdef.CodeDeleted})
		synctest.Wait()
		if status := c.Status(); status.Phase != Stopped || !errors.Is(status.Err, ErrDeleted) {
			t.Errorf("kicked: %+v", status)
		}
		if s := saved(state); s.Device == 0 {
			t.Error("the state is forgotten")
		}
		if err := c.DeleteAccount(t.Context(), string(make([]byte, 2049))); !errors.Is(err, ErrArgument) {
			t.Error(err)
		}
	})
}

// TestFilesAreForgotten leaves no file with anything of the account.
func TestFilesAreForgotten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	state := NewFileState(path)
	if _, err := state.Load(); err != nil {
		t.Fatal(err)
	}
	_, errQueued := state.Queued()
	errKeep := state.Keep(Queued{Counter: 1, Body: []byte("secret")})
	errSave := state.Save(Snapshot{Device: 7, Token: []byte("token")})
	for range 2 {
		if err := errors.Join(errQueued, errKeep, errSave, state.Save(Snapshot{})); err != nil {
			t.Fatal(err)
		}
	}
	if err := state.Close(); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 || left[0].Name() != "state.json.lock" {
		t.Errorf("left: %v, %v", left, err)
	}
	if s, err := NewFileState(path).Load(); err != nil || s.Device != 0 {
		t.Errorf("loaded again: %+v, %v", s, err)
	}
}
