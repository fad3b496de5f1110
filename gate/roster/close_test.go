package roster_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/gate/roster"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// TestCloseFlushes gives images what they have not got yet, in a bounded time.
func TestCloseFlushes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := roster.New(roster.Options{Gate: "g", Epoch: 1})
		m, broken := newMirror(t), newMirror(t)
		broken.behave(0, always(refuse))
		r.Follow("m", m, true)
		r.Follow("broken", broken, true)
		synctest.Wait()
		register(t, r, 1, 2)
		m.behave(500*time.Millisecond, nil)
		unregister(t, r, 1)
		if err := r.Close(t.Context()); err != nil {
			t.Error(err)
		}
		m.has(t, 2)
		if err := r.Register(t.Context(), batch(3)); rpc.CodeOf(err) != msgdef.CodeUnavailable {
			t.Errorf("register after close: %v", err)
		}
		unregister(t, r, 2)
		r.Follow("m", m, true)()
	})
}

// TestCloseHurried has no time to wait for an image that hangs.
func TestCloseHurried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := roster.New(roster.Options{Gate: "g", Epoch: 1, Timeout: time.Hour})
		m := newMirror(t)
		r.Follow("m", m, true)
		synctest.Wait()
		m.behave(time.Hour, nil)
		unregister(t, r, 1)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		outcome := make(chan error, 1)
		go func() { outcome <- r.Register(t.Context(), batch(1, 2)) }()
		time.Sleep(time.Millisecond)
		if err := r.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("close: %v", err)
		}
		if err := <-outcome; rpc.CodeOf(err) != msgdef.CodeUnavailable {
			t.Errorf("a login that waited: %v", err)
		}
	})
}
