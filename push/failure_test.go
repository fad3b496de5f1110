package push_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/push"
	"github.com/sim-im/sim/push/provider"
	"github.com/sim-im/sim/push/queue"
)

// TestVerdicts has the provider refuse in each way.
func TestVerdicts(t *testing.T) {
	bubble(t, nil, func(t *testing.T, w *world) {
		w.phone.answers(func(_ context.Context, n *received) error {
			switch n.Text {
			case "dead":
				return &provider.Error{Verdict: provider.TokenDead, Cause: errors.New("gone")}
			case "refused":
				return &provider.Error{Verdict: provider.Refused, Cause: errors.New("bad")}
			}
			return nil
		})
		dead, refused, good := w.add(7, "dead"), w.add(8, "refused"), w.add(9, "good")
		after(5 * time.Minute)
		for id, token := range map[uint64]string{dead: "token-7", refused: "", good: ""} {
			if out, ok := w.outcome(id); !ok || string(out.Token) != token {
				t.Errorf("row %d: confirmed %v with token %q, want %q", id, ok, out.Token, token)
			}
		}
		if n := len(w.phone.all()); n != 3 {
			t.Errorf("%d attempts", n)
		}
	})
}

// TestRetry has the provider fail for a while: the row comes back after the
// hold, with the same id.
func TestRetry(t *testing.T) {
	bubble(t, nil, func(t *testing.T, w *world) {
		var failing atomic.Bool
		failing.Store(true)
		w.phone.answers(func(context.Context, *received) error {
			if failing.Load() {
				return errors.New("down")
			}
			return nil
		})
		begin := time.Now()
		w.add(7, "hello")
		after(30 * time.Second)
		if w.left() != 1 {
			t.Fatal("the row was confirmed")
		}
		failing.Store(false)
		after(5 * time.Minute)
		got := w.phone.all()
		if len(got) != 2 || got[0].ID != got[1].ID || w.left() != 0 {
			t.Fatalf("%d attempts, %d rows left", len(got), w.left())
		}
		if came := got[1].when.Sub(begin); came < time.Minute || came > 62*time.Second {
			t.Errorf("came back after %v", came)
		}
	})
}

// TestHangs has one provider never answer: another one is not delayed, calls
// end, and memory stays bounded.
func TestHangs(t *testing.T) {
	other := &phone{}
	change := func(o *push.Options) {
		o.Providers[msgdef.PushFCM] = other
		o.Rows, o.Calls = 1000, 8
	}
	bubble(t, change, func(t *testing.T, w *world) {
		w.phone.answers(func(ctx context.Context, _ *received) error {
			<-ctx.Done()
			return ctx.Err()
		})
		for range 400 {
			w.add(7, "stuck")
		}
		after(5 * time.Second)
		begin := time.Now()
		for range 100 {
			w.addFor(8, "hello", msgdef.PushFCM, time.Now())
		}
		after(4 * time.Second)
		got := other.all()
		if len(got) != 100 || got[99].when.Sub(begin) > 4*time.Second {
			t.Fatalf("%d pushes by the other provider", len(got))
		}
		after(3 * time.Minute)
		if s := w.server.Stats(); w.phone.most > 8 || w.left() != 400 || s.Ended[push.Late]+s.Ended[push.Retried] == 0 {
			t.Errorf("%d calls at once, %d rows left, %+v", w.phone.most, w.left(), s)
		}
		w.phone.answers(nil)
		after(5 * time.Minute)
		if w.left() != 0 {
			t.Errorf("%d rows left after the provider came back", w.left())
		}
	})
}

// TestPause has the provider ask for peace: nothing is called before.
func TestPause(t *testing.T) {
	bubble(t, nil, func(t *testing.T, w *world) {
		begin := time.Now()
		w.phone.answers(func(context.Context, *received) error {
			if time.Since(begin) < 13*time.Second {
				return &provider.Error{Verdict: provider.Retry, After: 10 * time.Second, Cause: errors.New("busy")}
			}
			return nil
		})
		w.add(7, "first")
		after(4 * time.Second)
		for range 200 {
			w.add(7, "more")
		}
		after(8 * time.Second)
		if n := len(w.phone.all()); n != 1 {
			t.Fatalf("%d attempts within the pause", n)
		}
		after(2 * time.Second)
		if n := len(w.phone.all()); n != 201 {
			t.Errorf("%d attempts after the pause", n)
		}
	})
}

// TestReadWhileParked has rows wait for the only slot, of which the one that is
// next needs no push by then: the one behind it does not wait for ever.
func TestReadWhileParked(t *testing.T) {
	bubble(t, func(o *push.Options) { o.Calls = 1 }, func(t *testing.T, w *world) {
		w.phone.answers(func(context.Context, *received) error {
			time.Sleep(5 * time.Second)
			return nil
		})
		w.add(7, "first")
		after(time.Second)
		read := w.add(8, "read")
		w.add(9, "last")
		after(4 * time.Second) // the first is at the provider
		w.read(8, read)
		after(10 * time.Second)
		got := w.phone.all()
		if len(got) != 2 || got[1].Text != "last" || w.left() != 0 {
			t.Errorf("%d pushes, %d rows left", len(got), w.left())
		}
	})
}

// TestBackoff counts the attempts at a provider that is down.
func TestBackoff(t *testing.T) {
	bubble(t, func(o *push.Options) { o.Calls = 1 }, func(t *testing.T, w *world) {
		w.phone.answers(func(context.Context, *received) error { return errors.New("down") })
		for range 1000 {
			w.add(7, "hello")
		}
		after(10 * time.Minute)
		if n := len(w.phone.all()); n < 20 || n > 300 {
			t.Errorf("%d attempts in ten minutes", n)
		}
		w.phone.answers(nil)
		after(5 * time.Minute)
		if w.left() != 0 {
			t.Errorf("%d rows left", w.left())
		}
	})
}

// TestOutboxFails has calls fail for a while, first Due, then Confirm. Nothing is
// pushed twice, and the log says each once.
func TestOutboxFails(t *testing.T) {
	var log bytes.Buffer
	change := func(o *push.Options) { o.Logger = slog.New(slog.NewTextHandler(&log, nil)) }
	bubble(t, change, func(t *testing.T, w *world) {
		w.fail(errors.New("away"), nil)
		w.add(7, "one")
		after(time.Minute)
		if err := w.server.Health(); err == nil || !strings.Contains(err.Error(), "outbox") {
			t.Errorf("health: %v", err)
		}
		w.fail(nil, nil)
		after(10 * time.Second)
		if n := len(w.phone.all()); n != 1 || w.server.Health() != nil {
			t.Errorf("%d pushes, health %v", n, w.server.Health())
		}
		w.phone.answers(func(context.Context, *received) error {
			w.fail(nil, errors.New("no confirmations")) // after the push, before the confirmation
			return nil
		})
		w.add(7, "two")
		after(3 * time.Minute)
		w.fail(nil, nil)
		after(3 * time.Minute)
		if n := len(w.phone.all()); n != 2 || w.left() != 0 {
			t.Errorf("%d pushes, %d rows left", n, w.left())
		}
	})
	if n := strings.Count(log.String(), "does not work"); n != 2 {
		t.Errorf("%d lines about it:\n%s", n, log.String())
	}
	if strings.Contains(log.String(), "token-7") || strings.Contains(log.String(), "two") {
		t.Errorf("a secret is in the log:\n%s", log.String())
	}
}

// TestReadWhileTheOutboxIsAway pushes nothing that was read before the outbox
// went and of which it hears a little after it is back.
func TestReadWhileTheOutboxIsAway(t *testing.T) {
	bubble(t, nil, func(t *testing.T, w *world) {
		read, unread := w.add(7, "read"), w.add(8, "unread")
		after(time.Second)
		w.fail(errors.New("away"), errors.New("away"))
		after(3 * time.Second)
		w.fail(nil, nil)
		after(2 * time.Second)
		w.read(7, read)
		after(20 * time.Second)
		if got := w.phone.all(); len(got) != 1 || got[0].Text != "unread" {
			t.Errorf("%d pushes, row %d is unread: %+v", len(got), unread, got)
		}
	})
}

// TestQueueFails has the queue refuse for longer than the hold.
func TestQueueFails(t *testing.T) {
	q := &moody{}
	change := func(o *push.Options) {
		q.Queue = o.Queue
		o.Queue = q
	}
	bubble(t, change, func(t *testing.T, w *world) {
		q.fail(errors.New("away"))
		w.add(7, "hello")
		after(5 * time.Minute)
		if err := w.server.Health(); err == nil {
			t.Error("healthy without a queue")
		}
		q.fail(nil)
		after(2 * time.Minute)
		if n := len(w.phone.all()); n != 1 || w.left() != 0 || w.server.Health() != nil {
			t.Errorf("%d pushes, %d rows left, health %v", n, w.left(), w.server.Health())
		}
	})
}

// moody is a queue that can refuse.
type moody struct {
	queue.Queue

	mu  sync.Mutex
	err error
}

func (m *moody) fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.err = err
}

func (m *moody) Publish(ctx context.Context, bodies [][]byte) error {
	m.mu.Lock()
	err := m.err
	m.mu.Unlock()
	if err != nil {
		return err
	}
	return m.Queue.Publish(ctx, bodies)
}

// TestClose closes with rows in every state: what waits is handed to the other
// server at once, what is at the provider is finished, and nothing is lost or
// pushed twice.
func TestClose(t *testing.T) {
	bubble(t, nil, func(t *testing.T, w *world) {
		w.phone.answers(func(ctx context.Context, _ *received) error {
			time.Sleep(4 * time.Second)
			return nil
		})
		for range 70 { // six of them are parked
			w.add(7, "at the provider")
		}
		after(3500 * time.Millisecond)
		for range 20 {
			w.add(8, "waits")
		}
		after(time.Second)
		second := start(t, w.outbox, w.queue, w.phone, nil)
		begin := time.Now()
		if err := w.server.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begin); took > 4*time.Second {
			t.Errorf("closing took %v", took)
		}
		after(30 * time.Second)
		if n := len(w.phone.all()); n != 90 || w.left() != 0 {
			t.Errorf("%d pushes, %d rows left", n, w.left())
		}
		if err := second.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// TestCloseGivesUp closes while the provider hangs: the row is not confirmed.
func TestCloseGivesUp(t *testing.T) {
	bubble(t, nil, func(t *testing.T, w *world) {
		w.phone.answers(func(ctx context.Context, _ *received) error {
			<-ctx.Done()
			return ctx.Err()
		})
		w.add(7, "hello")
		after(4 * time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := w.server.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("close: %v", err)
		}
		if w.left() != 1 {
			t.Error("a row was confirmed whose fate was not decided")
		}
		w.phone.answers(nil)
		second := start(t, w.outbox, w.queue, w.phone, nil)
		after(2 * time.Minute)
		got := w.phone.all()
		if len(got) != 2 || got[0].ID != got[1].ID || w.left() != 0 {
			t.Errorf("%d attempts, %d rows left", len(got), w.left())
		}
		if err := second.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
