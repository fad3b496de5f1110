package imservice

import (
	"testing"
	"time"

	"github.com/sim-im/sim/imservice/store"
)

// TestHoldsForget keeps no memory of what was confirmed, however long the holds.
func TestHoldsForget(t *testing.T) {
	h, at := newHolds(), time.UnixMilli(1000)
	const n = 50_000
	for id := range uint64(n) {
		h.hold([]store.OutboxRow{{ID: id}}, at.Add(time.Duration(n-id)))
		if id%10 != 0 {
			h.drop(id)
		}
		if len(h.queue) > 2*len(h.rows)+spareEnds {
			t.Fatalf("%d ends for %d holds", len(h.queue), len(h.rows))
		}
	}
	last := uint64(n)
	for _, row := range h.over(at.Add(n), n) { // the last to be held is over first
		if row.ID%10 != 0 || row.ID >= last {
			t.Fatalf("row %d after %d", row.ID, last)
		}
		last = row.ID
	}
	if last != 0 || len(h.rows) != 0 || !h.next().IsZero() {
		t.Errorf("%d holds are left, the last was of %d", len(h.rows), last)
	}
}
