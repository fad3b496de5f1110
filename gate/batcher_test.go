package gate

import (
	"slices"
	"sync"
	"testing"
	"time"
)

// TestBatcher hands over everything once and in order, however adds and work
// overlap.
func TestBatcher(t *testing.T) {
	var got []int
	batches := 0
	b := newBatcher(1000, func(batch []int) {
		got = append(got, batch...)
		batches++
	})
	var group sync.WaitGroup
	group.Go(b.run)
	for i := range 10_000 {
		for !b.add(i) {
			time.Sleep(time.Microsecond)
		}
	}
	b.close()
	group.Wait()
	if len(got) != 10_000 || !slices.IsSorted(got) || batches == 0 {
		t.Errorf("%d items in %d batches", len(got), batches)
	}
	if b.add(1) {
		t.Error("takes items after close")
	}
}

func TestBatcherIsBounded(t *testing.T) {
	b := newBatcher(2, func([]int) {})
	if !b.add(1) || !b.add(2) || b.add(3) {
		t.Error("the bound is not two")
	}
}
