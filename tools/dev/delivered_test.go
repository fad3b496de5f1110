package dev

import (
	"testing"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
)

// TestDelivered has a sender learn that what waited for somebody has reached them, at
// once and when asking anew.
func TestDelivered(t *testing.T) {
	w := newWorld(t)
	told := make(chan msgdef.DeliveredTo, 100)
	o := w.options("alice")
	o.OnDelivered = func(d msgdef.DeliveredTo) { told <- d }
	his := w.options("bob")
	his.State = new(client.MemoryState)
	alice, bob := w.connect(o), w.connect(his)
	conv := msgdef.Pair(alice.UID(), bob.UID())
	delivered := func() uint64 {
		t.Helper()
		page, err := alice.History(alice.ctx(), conv, 0, 1)
		if err != nil {
			t.Fatal(err)
		}
		return page.Delivered
	}
	reaches := func(cseq uint64) {
		t.Helper()
		for d := (msgdef.DeliveredTo{}); d.CSeq < cseq; {
			select {
			case d = <-told:
			case <-alice.ctx().Done():
				t.Fatalf("alice is told of %+v only", d)
			}
			if d.Conv != conv || d.UID != bob.UID() || d.CSeq > cseq {
				t.Fatalf("alice is told of %+v", d)
			}
		}
	}
	alice.send(bob.UID(), "one")
	reaches(alice.send(bob.UID(), "two").CSeq)
	if got := delivered(); got != 2 {
		t.Errorf("delivered: %d", got)
	}
	bob.close()
	alice.send(bob.UID(), "three")
	if got := delivered(); got != 2 {
		t.Errorf("while bob is away, delivered: %d", got)
	}
	w.connect(his).messages(1)
	reaches(3)
	if got := delivered(); got != 3 {
		t.Errorf("since bob is back, delivered: %d", got)
	}
}
