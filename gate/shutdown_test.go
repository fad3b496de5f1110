package gate_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/gate"
	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/gate/transport/memory"
	"github.com/sim-im/sim/msgdef"
)

// TestShutdownUnderLoad has clients send all the time. Each is asked to go
// away, and gets the outcome of everything that was taken.
func TestShutdownUnderLoad(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t, func(o *gate.Options) { o.Times.GoAway = 2 * time.Second })
		const clients = 20
		var group sync.WaitGroup
		for i := range clients {
			c := w.login(fmt.Sprint("user", i), 1)
			group.Go(func() {
				// Never in the moment in which the window ends: what crosses the gate's
				// last frame has no outcome, and is sent again elsewhere.
				time.Sleep(50 * time.Millisecond)
				for n := uint64(1); ; n++ {
					if _, err := c.conn.Write(c.seal(c.note(n, "load"))); err != nil {
						return
					}
					time.Sleep(100 * time.Millisecond)
				}
			})
			group.Go(func() {
				goAways, acked := 0, 0
				for {
					f, err := c.next()
					if err != nil {
						break
					}
					switch f.Type {
					case msgdef.TypeGoAway:
						goAways++
					case msgdef.TypeSendAck:
						acked++
					}
				}
				w.far.mu.Lock()
				defer w.far.mu.Unlock()
				taken := len(w.far.inbox[c.welcome.UID])
				if goAways != 1 || acked != taken || taken < 20 {
					t.Errorf("%d times asked to go, %d acknowledged of %d", goAways, acked, taken)
				}
			})
		}
		stranger := w.dial()
		time.Sleep(time.Second)
		start := time.Now()
		w.close()
		if took := time.Since(start); took < 2*time.Second || took > 3*time.Second {
			t.Errorf("took %v", took)
		}
		group.Wait()
		w.wantCloses(gate.ReasonShutdown, clients)
		stranger.expectSilentEnd()
		if w.far.live() != 0 {
			t.Errorf("%d sessions registered", w.far.live())
		}
		if _, err := w.network.Dial(t.Context(), "gate"); err == nil {
			t.Error("still accepting")
		}
		w.close() // again
	})
}

// TestShutdownNeedNotWait when everybody has moved away.
func TestShutdownNeedNotWait(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t, func(o *gate.Options) { o.Times.GoAway = time.Hour })
		c := w.login("alice", 1)
		go func() {
			for {
				if f, err := c.next(); err != nil || f.Type == msgdef.TypeGoAway {
					break
				}
			}
			time.Sleep(time.Second)
			c.conn.Close()
		}()
		start := time.Now()
		must(t, w.gate.Shutdown(t.Context()))
		if took := time.Since(start); took != time.Second {
			t.Errorf("took %v", took)
		}
	})
}

// TestShutdownRefusesLogins that come in its window.
func TestShutdownRefusesLogins(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t, func(o *gate.Options) { o.Times.GoAway = 2 * time.Second })
		late := w.dial()
		late.handshake()
		go w.gate.Shutdown(context.Background())
		synctest.Wait()
		late.say(loginOf("late", 1))
		late.expectError(msgdef.TypeLogin, msgdef.CodeShuttingDown)
		late.expectEnd()
		synctest.Wait()
		w.wantCloses(gate.ReasonShutdown, 1)
	})
}

// TestShutdownCutShort gives up on a client that does not read and on a route
// that does not answer.
func TestShutdownCutShort(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		stuck, waiting := w.login("stuck", 1), w.login("waiting", 2)
		w.deliver(w.far.connOf(stuck.welcome.UID), 1, 300, 1000)
		hold := make(chan struct{})
		w.far.intercept(func(method string) error {
			if method == "GetMsg" {
				<-hold
			}
			return nil
		})
		waiting.send(&msgdef.GetMsg{Req: 1})
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		time.AfterFunc(1100*time.Millisecond, func() { close(hold) }) // the route obeys its context
		if err := w.gate.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
		w.wantCloses(gate.ReasonShutdown, 2)
		if n := w.gate.Stats().Connections; n != 0 {
			t.Errorf("%d connections", n)
		}
		w.gate = idleGate(t) // what the cleanup shuts down
	})
}

// idleGate is one that serves nothing.
func idleGate(t *testing.T) *gate.Server {
	t.Helper()
	w := newWorld(t)
	return w.gate
}

func TestServeAfterShutdown(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		w.close()
		var network memory.Network
		l, err := network.Listen("other")
		must(t, err)
		if err := w.gate.Serve(l); !errors.Is(err, gate.ErrShutdown) {
			t.Errorf("%v", err)
		}
		if _, err := network.Dial(t.Context(), "other"); err == nil {
			t.Error("the listener is open")
		}
	})
}

// tired is a listener that fails a few times between connections.
type tired struct {
	transport.Listener
	errors []error
	asked  []time.Time
}

func (l *tired) Accept() (transport.Conn, error) {
	l.asked = append(l.asked, time.Now())
	if len(l.errors) > 0 {
		err := l.errors[0]
		l.errors = l.errors[1:]
		return nil, err
	}
	return l.Listener.Accept()
}

// passing is an error that passes.
type passing struct{ error }

func (passing) Temporary() bool { return true }

// TestAcceptPauses when connections cannot be accepted for now, longer and
// longer, and ends when they never can be.
func TestAcceptPauses(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		inner, err := w.network.Listen("second")
		must(t, err)
		few := passing{errors.New("too many open files")}
		l := &tired{Listener: inner, errors: []error{few, few, fmt.Errorf("wrapped: %w", few), io.ErrUnexpectedEOF}}
		if err := w.gate.Serve(l); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%v", err)
		}
		var pauses []time.Duration
		for i := range l.asked[1:] {
			pauses = append(pauses, l.asked[i+1].Sub(l.asked[i]))
		}
		if want := []time.Duration{5 * time.Millisecond, 10 * time.Millisecond, 20 * time.Millisecond}; !slices.Equal(pauses, want) {
			t.Errorf("pauses %v, want %v", pauses, want)
		}
		w.login("alice", 1).roundTrip(1) // the first listener is not concerned
	})
}

func TestOptionsAreChecked(t *testing.T) {
	w := newWorld(t)
	_, err := gate.New(gate.Options{Limits: gate.Limits{Handshakes: -1}, Times: gate.Times{Call: -1}})
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok || len(joined.Unwrap()) < 2 {
		t.Fatalf("%v", err)
	}
	for _, word := range []string{"id of 0 bytes", "no route", "Limits", "Times", "no gate key"} {
		if !containsText(err, word) {
			t.Errorf("%q is not in %v", word, err)
		}
	}
	if w.gate.ID() != "g1" || w.gate.Epoch() == 0 {
		t.Errorf("gate %q in epoch %d", w.gate.ID(), w.gate.Epoch())
	}
}

func containsText(err error, word string) bool { return strings.Contains(err.Error(), word) }
