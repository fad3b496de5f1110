package push_test

import (
	"bytes"
	"context"
	"sync"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/push"
	"github.com/sim-im/sim/push/queue"
)

// TestTorn has the queue hand out references that are torn at every place, with
// the tail of a reference to a row that is too old to be pushed. None ends the
// row that it begins with.
func TestTorn(t *testing.T) {
	q := &tearing{}
	change := func(o *push.Options) {
		q.Queue = o.Queue
		o.Queue = q
	}
	bubble(t, change, func(t *testing.T, w *world) {
		const places = 52 // of a reference of 53 bytes
		for range places {
			w.addFor(8, "old", msgdef.PushLog, time.Now().Add(-25*time.Hour))
			w.add(7, "hello")
		}
		after(3 * time.Minute)
		once(t, w.phone, places)
		if w.left() != 0 {
			t.Errorf("%d rows left", w.left())
		}
		if n := w.server.Stats().Ended[push.BadMessage]; n < places-1 { // the last byte may be the same
			t.Errorf("%d references were refused, want %d", n, places)
		}
	})
}

// tearing takes the end of every second message from the one before, each time
// one byte less of it, until there is nothing left to take.
type tearing struct {
	queue.Queue

	mu    sync.Mutex
	seen  int
	whole []byte // the message before
}

func (q *tearing) Publish(ctx context.Context, bodies [][]byte) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	torn := make([][]byte, len(bodies))
	for i, b := range bodies {
		torn[i] = b
		q.seen++
		if cut := q.seen / 2; q.seen%2 == 0 && cut < len(b) {
			torn[i] = append(bytes.Clone(b[:cut]), q.whole[cut:]...)
		}
		q.whole = bytes.Clone(b)
	}
	return q.Queue.Publish(ctx, torn)
}
