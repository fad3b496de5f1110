package memory_test

import (
	"errors"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/sim-im/sim/push/queue"
	"github.com/sim-im/sim/push/queue/memory"
	"github.com/sim-im/sim/push/queue/queuetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestQueue(t *testing.T) {
	queuetest.Run(t, func(t *testing.T) queue.Queue {
		q, err := memory.New(memory.Options{Retry: 10 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		return q
	})
}

// TestFull fills a queue that nobody consumes.
func TestFull(t *testing.T) {
	q, err := memory.New(memory.Options{Capacity: 3})
	if err != nil {
		t.Fatal(err)
	}
	if err := q.Publish(t.Context(), [][]byte{{1}, {2}}); err != nil {
		t.Error(err)
	}
	if err := q.Publish(t.Context(), [][]byte{{3}, {4}}); !errors.Is(err, queue.ErrFull) {
		t.Errorf("above the capacity: %v", err)
	}
	if err := q.Publish(t.Context(), [][]byte{{3}}); err != nil {
		t.Errorf("nothing of the refused batch should be there: %v", err)
	}
}
