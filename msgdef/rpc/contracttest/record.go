package contracttest

import (
	"slices"
	"sync"
	"testing"
	"time"
)

// record is what came to a far end, in order.
type record[T any] struct {
	mu    sync.Mutex
	list  []T
	grown chan struct{} // holds one signal
}

func newRecord[T any]() record[T] { return record[T]{grown: make(chan struct{}, 1)} }

// add appends what came.
func (r *record[T]) add(came ...T) {
	r.mu.Lock()
	r.list = append(r.list, came...)
	r.mu.Unlock()
	select {
	case r.grown <- struct{}{}:
	default:
	}
}

// all returns what has come so far.
func (r *record[T]) all() []T {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.list)
}

// count returns how many have come so far.
func (r *record[T]) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.list)
}

// await returns all when there are n or more.
func (r *record[T]) await(t testing.TB, n int) []T {
	t.Helper()
	limit := time.NewTimer(patience) // from the last that came
	for {
		if r.count() >= n { // asked at each of many: all would be copied as often
			return r.all()
		}
		select {
		case <-r.grown:
			limit.Reset(patience)
		case <-limit.C:
			got := r.all()
			t.Fatalf("%d after %v, want %d, of which the first are %+v", len(got), patience, n, got[:min(len(got), 20)])
		}
	}
}
