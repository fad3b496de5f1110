package queuetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/sim-im/sim/push/queue"
)

// patience is how long what must happen may take on a slow machine.
const patience = 30 * time.Second

// Run runs the suite. open returns an empty queue for each test, which the
// suite closes.
func Run(t *testing.T, open func(t *testing.T) queue.Queue) {
	for name, test := range map[string]func(t *testing.T, q queue.Queue){
		"delivers":   testDelivers,
		"copies":     testCopies,
		"keeps":      testKeeps,
		"again":      testAgain,
		"shares":     testShares,
		"hands over": testHandsOver,
		"concurrent": testConcurrent,
		"limits":     testLimits,
		"deadline":   testDeadline,
		"closed":     testClosed,
		"healthy":    testHealthy,
	} {
		t.Run(name, func(t *testing.T) {
			q := open(t)
			t.Cleanup(func() {
				if err := q.Close(); err != nil {
					t.Errorf("close: %v", err)
				}
			})
			test(t, q)
		})
	}
}

// testDelivers publishes batches while they are consumed.
func testDelivers(t *testing.T, q queue.Queue) {
	in := consume(t, q)
	want := 0
	for _, n := range []int{1, queue.MaxBatch, 7, 300} {
		publish(t, q, want, n)
		want += n
	}
	in.all(want)
}

// testCopies changes what was published, and keeps what arrived.
func testCopies(t *testing.T, q queue.Queue) {
	body := []byte("message 0")
	if err := q.Publish(t.Context(), [][]byte{body}); err != nil {
		t.Fatal(err)
	}
	copy(body, "overwrite")
	consume(t, q).all(1)
}

// testKeeps publishes before anybody consumes.
func testKeeps(t *testing.T, q queue.Queue) {
	publish(t, q, 0, 500)
	consume(t, q).all(500)
}

// testAgain refuses each message the first time.
func testAgain(t *testing.T, q queue.Queue) {
	in := consume(t, q)
	in.refuse = 1
	publish(t, q, 0, 20)
	in.all(20)
}

// testShares has two consumers, and sees both get some.
func testShares(t *testing.T, q queue.Queue) {
	a, b := consume(t, q), consume(t, q)
	for i := 0; a.count() == 0 || b.count() == 0; i += 10 {
		publish(t, q, i, 10)
		if i > 50000 {
			t.Fatalf("one consumer got everything: %d and %d", a.count(), b.count())
		}
	}
}

// testHandsOver ends a consumer that is in the middle of messages; another one
// gets them.
func testHandsOver(t *testing.T, q queue.Queue) {
	ctx, cancel := context.WithCancel(t.Context())
	begun, ended := make(chan struct{}, 100), make(chan error, 1)
	go func() {
		ended <- q.Consume(ctx, func(ctx context.Context, _ []byte) error {
			begun <- struct{}{}
			<-ctx.Done()
			return ctx.Err()
		})
	}()
	publish(t, q, 0, 10)
	wait(t, begun, "a handler")
	cancel()
	if err := wait(t, ended, "the end of Consume"); err != nil {
		t.Errorf("Consume ended with %v", err)
	}
	consume(t, q).all(10)
}

// testConcurrent blocks handlers, and sees others go on.
func testConcurrent(t *testing.T, q queue.Queue) {
	gate := make(chan struct{})
	in := newInbox(t)
	done := in.start(q, func(body []byte) {
		if string(body) == "message 0" {
			<-gate
		}
	})
	publish(t, q, 0, 50)
	in.wait("the others", func() bool { return len(in.seen) == 49 && in.seen["message 0"] == 0 })
	close(gate)
	in.all(50)
	done()
}

// testLimits publishes too much at once.
func testLimits(t *testing.T, q queue.Queue) {
	for name, bodies := range map[string][][]byte{
		"batch":   make([][]byte, queue.MaxBatch+1),
		"message": {make([]byte, queue.MaxBody+1)},
		"empty":   {nil},
	} {
		if err := q.Publish(t.Context(), bodies); !errors.Is(err, queue.ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := q.Publish(t.Context(), nil); err != nil {
		t.Errorf("nothing: %v", err)
	}
	largest := make([][]byte, queue.MaxBatch)
	for i := range largest {
		largest[i] = fmt.Appendf(nil, "%0*d", queue.MaxBody, i)
	}
	if err := q.Publish(t.Context(), largest); err != nil {
		t.Errorf("the largest batch: %v", err)
	}
	in := consume(t, q)
	in.wait("the largest batch", func() bool { return len(in.seen) == queue.MaxBatch })
}

// testDeadline gives handlers a context that ends.
func testDeadline(t *testing.T, q queue.Queue) {
	deadlines := make(chan bool, 1)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- q.Consume(ctx, func(ctx context.Context, _ []byte) error {
			at, ok := ctx.Deadline()
			deadlines <- ok && time.Until(at) <= queue.HandlerTime
			return nil
		})
	}()
	publish(t, q, 0, 1)
	if !wait(t, deadlines, "a message") {
		t.Error("a handler may run longer than HandlerTime")
	}
	cancel()
	if err := wait(t, ended, "the end of Consume"); err != nil {
		t.Errorf("Consume ended with %v", err)
	}
}

// testClosed closes a queue that is being consumed.
func testClosed(t *testing.T, q queue.Queue) {
	ended := make(chan error, 1)
	begun := make(chan struct{}, 1)
	go func() {
		ended <- q.Consume(t.Context(), func(context.Context, []byte) error {
			begun <- struct{}{}
			return nil
		})
	}()
	publish(t, q, 0, 1)
	wait(t, begun, "a handler")
	if err := q.Close(); err != nil {
		t.Error(err)
	}
	if err := wait(t, ended, "the end of Consume"); !errors.Is(err, queue.ErrClosed) {
		t.Errorf("Consume ended with %v", err)
	}
	if err := q.Publish(t.Context(), [][]byte{{1}}); !errors.Is(err, queue.ErrClosed) {
		t.Errorf("Publish: %v", err)
	}
	if err := q.Consume(t.Context(), nil); !errors.Is(err, queue.ErrClosed) {
		t.Errorf("Consume: %v", err)
	}
	if q.Health() == nil {
		t.Error("healthy when closed")
	}
}

// testHealthy asks a queue that works.
func testHealthy(t *testing.T, q queue.Queue) {
	if err := q.Health(); err != nil {
		t.Error(err)
	}
	in := consume(t, q)
	publish(t, q, 0, 1)
	in.all(1)
	if err := q.Health(); err != nil {
		t.Error(err)
	}
}
