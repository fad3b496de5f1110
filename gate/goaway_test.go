package gate_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/gate"
	"github.com/sim-im/sim/msgdef"
)

// TestGoAwayDuringLogin shuts down while a client logs in: it gets in, and is
// asked to go away like everybody else.
func TestGoAwayDuringLogin(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t, func(o *gate.Options) { o.Times.GoAway = 2 * time.Second })
		w.far.intercept(func(method string) error {
			if method == "Login" {
				time.Sleep(time.Second)
			}
			return nil
		})
		done := make(chan error, 1)
		go func() {
			time.Sleep(500 * time.Millisecond)
			done <- w.gate.Shutdown(t.Context())
		}()
		late := w.login("late", 1)
		var m msgdef.GoAway
		if late.expect(&m); m.Window != 2000 {
			t.Errorf("window %d ms, want 2000", m.Window)
		}
		late.conn.Close()
		must(t, <-done)
		synctest.Wait()
	})
}
