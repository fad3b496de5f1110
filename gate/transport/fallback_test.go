package transport_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/gate/transport/memory"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// way is a dialer over memory that takes some time, or hangs, and can fail.
type way struct {
	delay time.Duration
	hangs bool
	err   error
	deaf  bool // goes on when it is called back

	dials int
	peers []transport.Conn
}

func (w *way) Dial(ctx context.Context, _ string) (transport.Conn, error) {
	w.dials++
	wait := time.After(w.delay)
	if w.hangs {
		wait = nil
	}
	called := ctx.Done()
	if w.deaf {
		called = nil
	}
	select {
	case <-wait:
	case <-called:
		return nil, ctx.Err()
	}
	if w.err != nil {
		return nil, w.err
	}
	here, there := memory.Pipe()
	w.peers = append(w.peers, there)
	return here, nil
}

// dial returns the connection's other end, how long the dial took, and the error.
func dial(t *testing.T, f *transport.Fallback) (took time.Duration, err error) {
	t.Helper()
	start := time.Now()
	c, err := f.Dial(t.Context(), "gate:1")
	took = time.Since(start)
	if err == nil {
		c.Close()
	}
	synctest.Wait()
	return took, err
}

// TestFallback lists who wins and when.
func TestFallback(t *testing.T) {
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		first, then way
		took        time.Duration
		dials       [2]int
	}{
		"first is quick":        {way{delay: 200 * time.Millisecond}, way{}, 200 * time.Millisecond, [2]int{1, 0}},
		"first is a bit slow":   {way{delay: 320 * time.Millisecond}, way{delay: 50 * time.Millisecond}, 320 * time.Millisecond, [2]int{1, 1}},
		"first is overtaken":    {way{delay: 400 * time.Millisecond}, way{delay: 50 * time.Millisecond}, 350 * time.Millisecond, [2]int{1, 1}},
		"first hangs":           {way{hangs: true}, way{delay: 50 * time.Millisecond}, 350 * time.Millisecond, [2]int{1, 1}},
		"first fails at once":   {way{err: broken}, way{delay: 50 * time.Millisecond}, 50 * time.Millisecond, [2]int{1, 1}},
		"then fails, not first": {way{delay: 500 * time.Millisecond}, way{err: broken}, 500 * time.Millisecond, [2]int{1, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &transport.Fallback{First: &c.first, Then: &c.then}
				took, err := dial(t, f)
				if err != nil || took != c.took {
					t.Errorf("took %v instead of %v, %v", took, c.took, err)
				}
				if got := [2]int{c.first.dials, c.then.dials}; got != c.dials {
					t.Errorf("dials %v instead of %v", got, c.dials)
				}
			})
		})
	}
}

// TestFallbackRemembers goes to Then at once while First is known not to work,
// and tries First again later, or when the network has changed.
func TestFallbackRemembers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, then := &way{hangs: true}, &way{}
		now := time.Now()
		f := &transport.Fallback{First: first, Then: then, Now: func() time.Time { return now }}
		expect := func(what string, want time.Duration, dials int) {
			t.Helper()
			took, err := dial(t, f)
			if err != nil || took != want || first.dials != dials {
				t.Errorf("%s: %v after %v and %d dials of First", what, err, took, first.dials)
			}
		}
		expect("not known", transport.DefaultPatience, 1)
		expect("known", 0, 1)
		now = now.Add(transport.DefaultMemory - 1)
		expect("still known", 0, 1)
		now = now.Add(1)
		expect("forgotten", transport.DefaultPatience, 2)
		f.Forget()
		expect("after a change of network", transport.DefaultPatience, 3)
		now = now.Add(-time.Hour)
		expect("after the clock was set back", transport.DefaultPatience, 4)

		first.hangs, then.err = false, syscall.ECONNREFUSED
		expect("known, but Then fails", 0, 5)
		then.err = nil
		expect("works again", 0, 6)
	})
}

// TestFallbackAvoids takes Then at once where First came up and did not last.
func TestFallbackAvoids(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, then := &way{}, &way{}
		f := &transport.Fallback{First: first, Then: then}
		for n, want := range [][2]int{{1, 0}, {1, 1}} {
			if took, err := dial(t, f); err != nil || took != 0 || [2]int{first.dials, then.dials} != want {
				t.Errorf("dial %d: %v after %v, %d and %d dials", n, err, took, first.dials, then.dials)
			}
			f.Avoid("gate:1")
		}
		f.Forget()
		if _, err := dial(t, f); err != nil || first.dials != 2 {
			t.Errorf("after Forget: %v, %d dials of First", err, first.dials)
		}
	})
}

// TestFallbackBothFail reports both errors, and remembers nothing.
func TestFallbackBothFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one, two := errors.New("one"), errors.New("two")
		first, then := &way{err: one}, &way{err: two}
		f := &transport.Fallback{First: first, Then: then}
		for range 2 {
			_, err := dial(t, f)
			var both *transport.FallbackError
			if !errors.As(err, &both) || !errors.Is(both.First, one) || !errors.Is(both.Then, two) {
				t.Errorf("both fail: %v", err)
			}
		}
		if first.dials != 2 {
			t.Errorf("First was dialled %d times of 2", first.dials)
		}
	})
}

// TestFallbackCancelled ends with the context and blames nobody.
func TestFallbackCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, then := &way{hangs: true}, &way{hangs: true}
		f := &transport.Fallback{First: first, Then: then}
		for _, patience := range []time.Duration{100 * time.Millisecond, time.Second} {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			_, err := f.Dial(ctx, "gate:1")
			cancel()
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("after %v: %v", patience, err)
			}
		}
		if first.dials != 2 || then.dials != 1 {
			t.Errorf("%d and %d dials", first.dials, then.dials)
		}
	})
}

// TestFallbackClosesLoser has both ways arrive.
func TestFallbackClosesLoser(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := &way{delay: time.Second, deaf: true}
		f := &transport.Fallback{First: first, Then: &way{}}
		if took, err := dial(t, f); err != nil || took != transport.DefaultPatience {
			t.Fatalf("%v after %v", err, took)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if len(first.peers) != 1 {
			t.Fatal("First did not arrive")
		}
		if _, err := first.peers[0].Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("the loser's connection: %v", err)
		}
	})
}

// TestFallbackIsBounded bounds what is remembered.
func TestFallbackIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := &way{err: errors.New("broken")}
		f := &transport.Fallback{First: first, Then: &way{}}
		for i := range 1000 {
			c, err := f.Dial(t.Context(), fmt.Sprint("gate:", i))
			if err != nil {
				t.Fatal(err)
			}
			c.Close()
		}
		c, err := f.Dial(t.Context(), "gate:0") // forgotten, so First is tried
		if err != nil {
			t.Fatal(err)
		}
		c.Close()
		if first.dials != 1001 {
			t.Errorf("%d dials of First", first.dials)
		}
	})
}
