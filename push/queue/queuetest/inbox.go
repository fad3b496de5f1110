package queuetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/sim-im/sim/push/queue"
)

// inbox is a consumer that remembers.
type inbox struct {
	t       *testing.T
	refuse  int // how often each message is refused
	changed chan struct{}

	mu    sync.Mutex
	seen  map[string]int // taken
	tries map[string]int
}

func newInbox(t *testing.T) *inbox {
	return &inbox{t: t, changed: make(chan struct{}, 1), seen: map[string]int{}, tries: map[string]int{}}
}

// consume starts a consumer that ends with the test.
func consume(t *testing.T, q queue.Queue) *inbox {
	in := newInbox(t)
	t.Cleanup(in.start(q, func([]byte) {}))
	return in
}

// start consumes until the returned function is called, which waits.
func (in *inbox) start(q queue.Queue, first func(body []byte)) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- q.Consume(ctx, func(_ context.Context, body []byte) error {
			first(body)
			return in.take(string(body))
		})
	}()
	return sync.OnceFunc(func() {
		cancel()
		if err := wait(in.t, ended, "the end of Consume"); err != nil && !errors.Is(err, queue.ErrClosed) {
			in.t.Errorf("Consume: %v", err)
		}
	})
}

func (in *inbox) take(body string) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.tries[body]++
	if in.tries[body] <= in.refuse {
		return errors.New("refused")
	}
	in.seen[body]++
	select {
	case in.changed <- struct{}{}:
	default:
	}
	return nil
}

func (in *inbox) count() int {
	in.mu.Lock()
	defer in.mu.Unlock()
	return len(in.seen)
}

// all waits for the messages 0 to n-1, and for nothing else.
func (in *inbox) all(n int) {
	in.t.Helper()
	in.wait(fmt.Sprintf("%d messages", n), func() bool { return len(in.seen) >= n })
	in.mu.Lock()
	defer in.mu.Unlock()
	for i := range n {
		if body := fmt.Sprintf("message %d", i); in.seen[body] == 0 {
			in.t.Errorf("%s did not arrive", body)
		}
	}
	if len(in.seen) != n {
		in.t.Errorf("%d different messages, want %d", len(in.seen), n)
	}
}

// wait waits until done, which sees the maps.
func (in *inbox) wait(what string, done func() bool) {
	in.t.Helper()
	late := time.After(patience)
	for {
		in.mu.Lock()
		ok := done()
		in.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-in.changed:
		case <-late:
			in.t.Fatalf("still waiting for %s; %d arrived", what, in.count())
		}
	}
}

// publish adds the messages from first to first+n-1.
func publish(t *testing.T, q queue.Queue, first, n int) {
	t.Helper()
	bodies := make([][]byte, n)
	for i := range bodies {
		bodies[i] = fmt.Appendf(nil, "message %d", first+i)
	}
	if err := q.Publish(t.Context(), bodies); err != nil {
		t.Fatalf("publish: %v", err)
	}
}

// wait receives from c.
func wait[T any](t *testing.T, c <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Errorf("still waiting for %s", what)
		var none T
		return none
	}
}
