package client

import (
	"slices"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
)

func TestMarkReadUntilConfirmed(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var r recorder
		c, p := g.online(r.record(g.options()), msgdef.LoginOK{})
		mark := func(cseq uint64) {
			t.Helper()
			if err := c.MarkRead(testConv, cseq); err != nil {
				t.Fatal(err)
			}
		}
		mark(5)
		mark(4) // says nothing new
		if q := expect[msgdef.Read](p); q.CSeq != 5 {
			t.Errorf("read up to %d", q.CSeq)
		}
		start := time.Now()
		if q := expect[msgdef.Read](p); q.CSeq != 5 || time.Since(start) != readRepeat {
			t.Errorf("repeated %d after %v", q.CSeq, time.Since(start))
		}
		mark(6)
		expect[msgdef.Read](p)
		p.send(&msgdef.ReadOK{Conv: testConv, CSeq: 5}) // not yet
		p.conn.Close()
		p = g.admit(msgdef.LoginOK{})
		start = time.Now()
		if q := expect[msgdef.Read](p); q.CSeq != 6 || time.Since(start) != 0 {
			t.Errorf("%d, %v after the login", q.CSeq, time.Since(start))
		}
		p.send(&msgdef.ReadOK{Conv: testConv, CSeq: 6}, &msgdef.ReadBy{Conv: testConv, UID: 8, CSeq: 3})
		p.silent(30 * time.Second)
		r.mu.Lock()
		defer r.mu.Unlock()
		if want := []msgdef.ReadBy{{Conv: testConv, UID: 8, CSeq: 3}}; !slices.Equal(r.reads, want) {
			t.Errorf("told of %+v", r.reads)
		}
	})
}

func TestReadsAreBounded(t *testing.T) {
	r := newReads()
	now := time.Unix(1000, 0)
	for i := range maxReads {
		if !r.note(msgdef.Pair(1, uint64(i+1)), 1, now) {
			t.Fatalf("no room for %d", i)
		}
	}
	if r.note(msgdef.Pair(2, 3), 1, now) || !r.note(msgdef.Pair(1, 1), 2, now) {
		t.Error("the bound is not kept")
	}
	// Never confirmed: given up in the end.
	l := new(link)
	for range maxReadTries + 1 {
		r.repeat(l, now)
		now = now.Add(maxReadRepeat)
	}
	if len(r.open) != 0 || !r.next().IsZero() {
		t.Errorf("%d positions left", len(r.open))
	}
}
