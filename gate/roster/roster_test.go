package roster_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/sim-im/sim/gate/roster"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// virtual runs a test in a bubble whose time passes when nobody can go on.
func virtual(t *testing.T, do func(t *testing.T, r *roster.Roster)) {
	synctest.Test(t, func(t *testing.T) {
		r := roster.New(roster.Options{Gate: "g", Epoch: 1})
		defer func() {
			if err := r.Close(t.Context()); err != nil {
				t.Error(err)
			}
			time.Sleep(10 * time.Second) // what is late arrives
		}()
		do(t, r)
	})
}

// session is the session of a connection, each of another user.
func session(conn uint64) rpc.Session {
	return rpc.Session{UID: conn, Device: 1, Conn: conn, Since: int64(conn)}
}

// batch is one of the gate.
func batch(conns ...uint64) *rpc.SessionBatch {
	b := &rpc.SessionBatch{Gate: "g", Epoch: 1}
	for _, conn := range conns {
		b.Items = append(b.Items, session(conn))
	}
	return b
}

// register enters a connection and returns how long that took.
func register(t *testing.T, r *roster.Roster, conns ...uint64) time.Duration {
	t.Helper()
	start := time.Now()
	if err := r.Register(t.Context(), batch(conns...)); err != nil {
		t.Errorf("register %v: %v", conns, err)
	}
	return time.Since(start)
}

func unregister(t *testing.T, r *roster.Roster, conns ...uint64) {
	t.Helper()
	if err := r.Unregister(t.Context(), batch(conns...)); err != nil {
		t.Errorf("unregister %v: %v", conns, err)
	}
}

// has checks which connections an image has, once everything has settled.
func (m *mirror) has(t *testing.T, conns ...uint64) {
	t.Helper()
	synctest.Wait()
	rows := m.sessions()
	for _, conn := range conns {
		if rows[conn] != session(conn) {
			t.Errorf("no session of %d but %+v", conn, rows[conn])
		}
	}
	if len(rows) != len(conns) {
		t.Errorf("%d sessions, want %v", len(rows), conns)
	}
}

// TestRegisterWaits for the images that logins depend on, and no others.
func TestRegisterWaits(t *testing.T) {
	virtual(t, func(t *testing.T, r *roster.Roster) {
		near, far, registry := newMirror(t), newMirror(t), newMirror(t)
		far.behave(300*time.Millisecond, nil)
		registry.behave(900*time.Millisecond, nil)
		r.Follow("near", near, true)
		r.Follow("far", far, true)
		r.Follow("registry", registry, false)
		time.Sleep(time.Second)
		if d := register(t, r, 7); d != 300*time.Millisecond {
			t.Errorf("took %v, want that of the slower route", d)
		}
		near.has(t, 7)
		far.has(t, 7)
		time.Sleep(time.Second)
		registry.has(t, 7)
	})
}

// TestSlowRoute makes a route too slow for a login: the first one finds out,
// the others do not wait for it, until it has caught up.
func TestSlowRoute(t *testing.T) {
	virtual(t, func(t *testing.T, r *roster.Roster) {
		good, slow := newMirror(t), newMirror(t)
		r.Follow("good", good, true)
		r.Follow("slow", slow, true)
		synctest.Wait()
		slow.behave(time.Hour, nil)
		if d := register(t, r, 1); d != time.Second {
			t.Errorf("the first login waited %v, want the timeout", d)
		}
		if d := register(t, r, 2); d != 0 {
			t.Errorf("the second login waited %v", d)
		}
		slow.behave(0, nil)
		time.Sleep(5 * time.Second)
		slow.has(t, 1, 2)
		slow.behave(100*time.Millisecond, nil)
		if d := register(t, r, 3); d != 100*time.Millisecond {
			t.Errorf("in sync again, and a login waited %v", d)
		}
		if s := r.Stats(); s.Snapshots != 2 {
			t.Errorf("%d snapshots for two images: the journal should have done", s.Snapshots)
		}
	})
}

// TestNoRoute takes no login when nobody would know of it, and says who is
// missing and why.
func TestNoRoute(t *testing.T) {
	virtual(t, func(t *testing.T, r *roster.Roster) {
		refused := func(why string) {
			t.Helper()
			synctest.Wait()
			for _, err := range []error{r.Register(t.Context(), batch(1)), r.Health()} {
				if rpc.CodeOf(err) != msgdef.CodeUnavailable || !strings.Contains(err.Error(), why) {
					t.Errorf("%v, want %q", err, why)
				}
			}
		}
		refused("no route is known")
		r.Follow("registry", newMirror(t), false)
		refused("no route is known")
		broken := newMirror(t)
		broken.behave(0, always(refuse))
		stop := r.Follow("east-1", broken, true)
		refused("east-1: unavailable: trouble")
		r.Follow("east-2", newMirror(t), true)
		synctest.Wait()
		register(t, r, 1)
		if err := r.Health(); err != nil {
			t.Error(err)
		}
		stop()
	})
}

// TestLostRoute loses the only route in the middle of a login.
func TestLostRoute(t *testing.T) {
	virtual(t, func(t *testing.T, r *roster.Roster) {
		only := newMirror(t)
		stop := r.Follow("only", only, true)
		synctest.Wait()
		only.behave(time.Hour, nil)
		time.AfterFunc(time.Millisecond, stop)
		if err := r.Register(t.Context(), batch(1)); rpc.CodeOf(err) != msgdef.CodeUnavailable {
			t.Errorf("%v, want that there is no route", err)
		}
		unregister(t, r, 1) // what a gate does then
		next := newMirror(t)
		r.Follow("next", next, true)
		next.has(t)
	})
}

// TestChanged tells when a route gets into sync and out of it, and nothing of
// images that no login depends on.
func TestChanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		changes := 0
		r := roster.New(roster.Options{Gate: "g", Epoch: 1, Changed: func() { changes++ }})
		defer r.Close(t.Context())
		registry, route := newMirror(t), newMirror(t)
		r.Follow("registry", registry, false)
		want := func(n int, when string) {
			t.Helper()
			time.Sleep(10 * time.Second)
			synctest.Wait()
			if changes != n {
				t.Errorf("%s: %d changes, want %d", when, changes, n)
			}
		}
		want(0, "without a route")
		r.Follow("route", route, true)
		want(1, "with a route")
		route.behave(0, always(refuse))
		want(2, "without it again")
		route.behave(0, nil)
		want(3, "when it is back")
	})
}

// TestGathering logs many in while a call is under way: they share the next.
func TestGathering(t *testing.T) {
	virtual(t, func(t *testing.T, r *roster.Roster) {
		m := newMirror(t)
		r.Follow("m", m, true)
		synctest.Wait()
		m.behave(10*time.Millisecond, nil)
		var all sync.WaitGroup
		for conn := range uint64(3000) {
			all.Go(func() { register(t, r, conn+1) })
		}
		all.Wait()
		if calls, items := m.updates(); calls > 4 || items != 3000 {
			t.Errorf("%d calls for %d logins", calls, items)
		}
	})
}

// TestHeartbeat lets an image hear from a gate where nothing happens.
func TestHeartbeat(t *testing.T) {
	virtual(t, func(t *testing.T, r *roster.Roster) {
		var beats int
		m := newMirror(t)
		m.behave(0, func() trouble { beats++; return none })
		r.Follow("m", m, true)
		time.Sleep(20*time.Second + 1)
		synctest.Wait()
		if beats != 11 { // the snapshot, and one every two seconds
			t.Errorf("%d calls in 20 s", beats)
		}
	})
}

// TestUnregisterFirst has the end of a connection overtake its beginning.
func TestUnregisterFirst(t *testing.T) {
	virtual(t, func(t *testing.T, r *roster.Roster) {
		m := newMirror(t)
		r.Follow("m", m, true)
		synctest.Wait()
		unregister(t, r, 1)
		register(t, r, 1, 2)
		register(t, r, 2) // again: changes nothing
		m.has(t, 2)
		unregister(t, r, 2, 2, 99)
		register(t, r, 2)
		m.has(t)
		if s := r.Stats(); s.Sessions != 0 || s.Began != 1 || s.Ended != 1 {
			t.Errorf("%+v", s)
		}
	})
}

// TestSnapshot brings images that begin later, or forgot everything, to where
// the others are, in parts.
func TestSnapshot(t *testing.T) {
	virtual(t, func(t *testing.T, r *roster.Roster) {
		first := newMirror(t)
		r.Follow("first", first, true)
		synctest.Wait()
		conns := make([]uint64, 25000)
		for i := range conns {
			conns[i] = uint64(i + 1)
		}
		for n := 0; n < len(conns); n += 5000 {
			register(t, r, conns[n:n+5000]...)
		}
		unregister(t, r, conns[:100]...)
		second := newMirror(t)
		r.Follow("second", second, true)
		second.has(t, conns[100:]...)
		if calls, _ := second.updates(); calls != 3 {
			t.Errorf("%d parts for 24,900 sessions", calls)
		}
		first.forget()
		time.Sleep(5 * time.Second)
		first.has(t, conns[100:]...)
	})
}

// TestFollowAnew follows an image again, under its name and from elsewhere: the
// numbers it sees grow, and it ends with what there is.
func TestFollowAnew(t *testing.T) {
	virtual(t, func(t *testing.T, r *roster.Roster) {
		m, other := newMirror(t), newMirror(t)
		r.Follow("other", other, true)
		r.Follow("m", m, true)
		synctest.Wait()
		for conn := range uint64(10) {
			register(t, r, conn+1)
		}
		stop := r.Follow("m", m, true)
		stop()
		stop() // once more does no harm
		unregister(t, r, 1, 2, 3, 4, 5, 6, 7, 8)
		register(t, r, 11)
		r.Follow("m", m, true)
		m.has(t, 9, 10, 11)
		for i := 1; i < len(m.calls); i++ {
			if m.calls[i].Seq <= m.calls[i-1].Seq {
				t.Errorf("number %d after %d", m.calls[i].Seq, m.calls[i-1].Seq)
			}
		}
	})
}

// TestBadBatches refuses what no gate sends.
func TestBadBatches(t *testing.T) {
	virtual(t, func(t *testing.T, r *roster.Roster) {
		r.Follow("m", newMirror(t), true)
		synctest.Wait()
		over, cancel := context.WithCancel(t.Context())
		cancel()
		for what, c := range map[string]struct {
			ctx   context.Context
			batch *rpc.SessionBatch
			want  msgdef.ErrorCode
		}{
			"another gate":  {t.Context(), &rpc.SessionBatch{Gate: "h", Epoch: 1}, msgdef.CodeBadArgument},
			"another epoch": {t.Context(), &rpc.SessionBatch{Gate: "g", Epoch: 2}, msgdef.CodeBadArgument},
			"nobody":        {t.Context(), batch(0), msgdef.CodeBadArgument},
			"too many":      {t.Context(), batch(make([]uint64, 10001)...), msgdef.CodeBadArgument},
			"too late":      {over, batch(1), msgdef.CodeTimeout},
		} {
			for _, call := range []func(context.Context, *rpc.SessionBatch) error{r.Register, r.Unregister} {
				if err := call(c.ctx, c.batch); rpc.CodeOf(err) != c.want {
					t.Errorf("%s: %v, want %v", what, err, c.want)
				}
			}
		}
	})
}
