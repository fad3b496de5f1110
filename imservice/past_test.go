package imservice

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// pins lists what is pinned, page by page.
func (w *world) pins(uid uint64, conv msgdef.Conversation, limit uint16) (cseqs []uint64) {
	w.t.Helper()
	for before := uint64(0); ; {
		page, err := w.server.Pins(context.Background(), &rpc.PinsQuery{UID: uid, Conv: conv, Before: before, Limit: limit})
		w.must(err)
		for _, encoded := range page.Messages {
			m := decode(w.t, encoded)
			cseqs = append(cseqs, m.CSeq)
			before = m.CSeq
		}
		if !page.More {
			return cseqs
		}
		if len(page.Messages) == 0 {
			w.t.Fatal("more after an empty page")
		}
	}
}

func (w *world) pin(uid, counter uint64, conv msgdef.Conversation, cseq uint64, off bool) {
	w.t.Helper()
	if r := w.send(event(uid, counter, conv, msgdef.ContentPin, &msgdef.Pin{CSeq: cseq, Off: off}))[0]; r.Code != msgdef.CodeOK {
		w.t.Fatalf("pin %d: %+v", cseq, r)
	}
}

// TestPins follows the list of pins over what changes it, and over restarts.
func TestPins(t *testing.T) {
	w := newWorld(t, 3)
	conv := msgdef.Pair(1, 2)
	for i := range uint64(6) {
		w.send(text(1, 2, i+1, "x"))
	}
	want := func(cseqs ...uint64) {
		t.Helper()
		for _, limit := range []uint16{0, 1, 2, maxPins} {
			if got := w.pins(2, conv, limit); !slices.Equal(got, cseqs) {
				t.Fatalf("pins are %v by %d, want %v", got, limit, cseqs)
			}
		}
	}
	want()
	for i, cseq := range []uint64{3, 6, 1, 4} {
		w.pin(2, uint64(i)+1, conv, cseq, false)
	}
	want(6, 4, 3, 1)
	w.restart()
	w.pin(1, 10, conv, 6, true)
	if r := w.send(event(1, 11, conv, msgdef.ContentRecall, &msgdef.Recall{CSeq: 3}))[0]; r.Code != msgdef.CodeOK {
		t.Fatalf("recall: %+v", r)
	}
	w.send(event(1, 12, conv, msgdef.ContentEdit, edited(4, "y")))
	want(4, 1)
	w.send( // in one batch
		event(2, 20, conv, msgdef.ContentPin, &msgdef.Pin{CSeq: 2}), event(2, 21, conv, msgdef.ContentPin, &msgdef.Pin{CSeq: 2, Off: true}),
		event(2, 22, conv, msgdef.ContentPin, &msgdef.Pin{CSeq: 1, Off: true}), event(2, 23, conv, msgdef.ContentPin, &msgdef.Pin{CSeq: 1}),
		event(2, 23, conv, msgdef.ContentPin, &msgdef.Pin{CSeq: 1}),
	)
	want(4, 1)
	w.restart()
	want(4, 1)
	if got := w.pins(1, msgdef.Pair(1, 3), 0); len(got) != 0 {
		t.Errorf("pins of another conversation: %v", got)
	}
}

// TestWhoSeesPins has members see what was pinned of what they may read, and
// nobody else anything.
func TestWhoSeesPins(t *testing.T) {
	w := newCrowd(t, 5, 3, msgdef.GroupInfo{Entry: msgdef.EntryOpen}) // 1
	w.says(2, 3, "old")                                               // 2
	w.pin(1, 100, club, 2, false)                                     // 3
	w.acts(4, 1, msgdef.GroupChange{Act: msgdef.GroupJoin})           // 4
	w.says(2, 4, "new")                                               // 5
	w.pin(1, 101, club, 5, false)
	if got := w.pins(3, club, 0); !slices.Equal(got, []uint64{5, 2}) {
		t.Errorf("a member from the beginning sees %v", got)
	}
	if got := w.pins(4, club, 0); !slices.Equal(got, []uint64{5}) {
		t.Errorf("who joined sees %v", got)
	}
	w.acts(1, 102, msgdef.GroupChange{Act: msgdef.GroupBan, UIDs: []uint64{3}})
	for uid, conv := range map[uint64]msgdef.Conversation{5: club, 3: club, 2: msgdef.Pair(1, 3), 99: msgdef.Pair(1, 99), 1: {}} {
		page, err := w.server.Pins(context.Background(), &rpc.PinsQuery{UID: uid, Conv: conv})
		var refused *rpc.Error
		if !errors.As(err, &refused) || refused.Code >= msgdef.CodeBusy {
			t.Errorf("%d of %x got %+v, %v", uid, conv, page, err)
		}
	}
}
