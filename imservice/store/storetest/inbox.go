package storetest

import (
	"fmt"
	"math"
	"testing"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

func testInbox(t *testing.T, place func(t *testing.T) Opener) {
	cases{
		"empty":            testEmptyInbox,
		"window":           testInboxWindow,
		"limits":           testInboxLimits,
		"appends":          testInboxAppends,
		"neighbours":       testNeighbouringInboxes,
		"greatest numbers": testGreatestUSeq,
		"dangling":         testDanglingEntry,
		"gap":              testGaps,
		"next":             testInboxNext,
	}.run(t, place)
}

// inbox fills the inbox of uid with n messages, of sizes bytes in turn.
func inbox(t *testing.T, s store.Store, uid uint64, n int, sizes ...int) {
	t.Helper()
	var c store.Commit
	for i := 1; i <= n; i++ {
		conv, cseq := msgdef.Pair(uid, 1000+uint64(i%3)), uint64(i)
		body := fmt.Appendf(make([]byte, 0, 100), "%d to %d", i, uid)
		if len(sizes) > 0 {
			body = make([]byte, sizes[(i-1)%len(sizes)])
		}
		c.Messages = append(c.Messages, store.MessageRow{Conv: conv, CSeq: cseq, Bytes: body})
		c.Inbox = append(c.Inbox, store.InboxRow{UID: uid, USeq: uint64(i), Conv: conv, CSeq: cseq})
	}
	commit(t, s, &c)
}

func testEmptyInbox(t *testing.T, s store.Store) {
	head, err := s.InboxHead(1)
	equal(t, "head", value(t, head, err), 0)
	entries, err := s.Inbox(nil, 1, 0, math.MaxUint64, 10, 1000)
	equal(t, "entries", len(value(t, entries, err)), 0)
}

// testInboxNext finds the entries of one conversation, also one whose message is kept no
// longer.
func testInboxNext(t *testing.T, s store.Store) {
	inbox(t, s, 5, 9) // in conversations with 1001, 1002 and 1000 in turn
	conv := msgdef.Pair(5, 1000)
	commit(t, s, &store.Commit{ConversationFloors: []store.ConversationFloor{{Conv: conv, CSeq: 3}}})
	for _, test := range []struct{ after, upTo, want uint64 }{
		{0, 9, 3}, {2, 3, 3}, {3, 9, 6}, {6, math.MaxUint64, 9}, {0, 2, 0}, {9, math.MaxUint64, 0}, {6, 8, 0}, {5, 5, 0}, {6, 2, 0},
		{math.MaxUint64, math.MaxUint64, 0},
	} {
		entry, err := s.InboxNext(5, conv, test.after, test.upTo)
		if test.want == 0 {
			wantErr(t, err, store.ErrNotFound)
			continue
		}
		equal(t, "entry", value(t, entry, err), store.InboxEntry{USeq: test.want, Conv: conv, CSeq: test.want})
	}
	_, err := s.InboxNext(6, conv, 0, 9)
	wantErr(t, err, store.ErrNotFound)
	_, err = s.InboxNext(5, msgdef.Pair(5, 77), 0, 9)
	wantErr(t, err, store.ErrNotFound)
}

func testInboxWindow(t *testing.T, s store.Store) {
	inbox(t, s, 5, 9)
	head, err := s.InboxHead(5)
	equal(t, "head", value(t, head, err), 9)
	for _, test := range []struct {
		after, upTo uint64
		limit       int
		first, n    uint64
	}{
		{0, 9, 100, 1, 9}, {0, math.MaxUint64, 100, 1, 9}, {3, 9, 100, 4, 6}, {3, 5, 100, 4, 2},
		{0, 9, 4, 1, 4}, {8, 9, 1, 9, 1}, {9, 9, 5, 0, 0}, {9, 3, 5, 0, 0}, {9, math.MaxUint64, 5, 0, 0},
		{math.MaxUint64, math.MaxUint64, 5, 0, 0}, {0, 9, 0, 0, 0}, {0, 9, -1, 0, 0}, {0, 0, 5, 0, 0},
	} {
		entries, err := s.Inbox(nil, 5, test.after, test.upTo, test.limit, 10000)
		var want []store.InboxEntry
		for useq := test.first; useq < test.first+test.n; useq++ {
			conv := msgdef.Pair(5, 1000+useq%3)
			want = append(want, store.InboxEntry{USeq: useq, Conv: conv, CSeq: useq, Bytes: fmt.Appendf(nil, "%d to 5", useq)})
		}
		equal(t, fmt.Sprintf("inbox %+v", test), value(t, entries, err), want)
	}
}

func testInboxLimits(t *testing.T, s store.Store) {
	inbox(t, s, 5, 4, 100, 50, 50, 300)
	for maxBytes, want := range map[int]int{0: 1, 1: 1, 100: 1, 149: 1, 150: 2, 200: 3, 499: 3, 500: 4} {
		entries, err := s.Inbox(nil, 5, 0, 4, 10, maxBytes)
		equal(t, fmt.Sprintf("entries for %d bytes", maxBytes), len(value(t, entries, err)), want)
	}
}

func testInboxAppends(t *testing.T, s store.Store) {
	inbox(t, s, 5, 3)
	entries, err := s.Inbox([]store.InboxEntry{{USeq: 77}}, 5, 2, 3, 10, 1000)
	equal(t, "appended", value(t, entries, err), []store.InboxEntry{
		{USeq: 77}, {USeq: 3, Conv: msgdef.Pair(5, 1000), CSeq: 3, Bytes: []byte("3 to 5")},
	})
}

func testNeighbouringInboxes(t *testing.T, s store.Store) {
	uids := []uint64{1, 2, 255, 256, 257, math.MaxUint64 - 1, math.MaxUint64}
	for i, uid := range uids {
		inbox(t, s, uid, i+1)
	}
	for i, uid := range uids {
		head, err := s.InboxHead(uid)
		equal(t, "head", value(t, head, err), uint64(i+1))
		entries, err := s.Inbox(nil, uid, 0, math.MaxUint64, 100, 10000)
		equal(t, "entries", len(value(t, entries, err)), i+1)
		equal(t, "last", string(entries[i].Bytes), fmt.Sprintf("%d to %d", i+1, uid))
	}
	head, err := s.InboxHead(0)
	equal(t, "head of nobody", value(t, head, err), 0)
}

func testGreatestUSeq(t *testing.T, s store.Store) {
	conv := msgdef.Pair(1, 2)
	commit(t, s, &store.Commit{
		Messages: []store.MessageRow{{Conv: conv, CSeq: 1, Bytes: []byte("end")}},
		Inbox:    []store.InboxRow{{UID: 1, USeq: math.MaxUint64, Conv: conv, CSeq: 1}},
	})
	entries, err := s.Inbox(nil, 1, math.MaxUint64-1, math.MaxUint64, 10, 100)
	equal(t, "entries", value(t, entries, err), []store.InboxEntry{{USeq: math.MaxUint64, Conv: conv, CSeq: 1, Bytes: []byte("end")}})
}

func testDanglingEntry(t *testing.T, s store.Store) {
	commit(t, s, &store.Commit{Inbox: []store.InboxRow{{UID: 1, USeq: 1, Conv: msgdef.Pair(1, 2), CSeq: 8}}})
	_, err := s.Inbox(nil, 1, 0, 1, 10, 100)
	wantErr(t, err, store.ErrCorrupt)
}

func testGaps(t *testing.T, s store.Store) {
	inbox(t, s, 1, 3)
	conv := msgdef.Pair(1, 1001)
	commit(t, s, &store.Commit{
		Messages: []store.MessageRow{{Conv: conv, CSeq: 5}, {Conv: conv, CSeq: 6}, {Conv: conv, CSeq: 8}},
		Inbox:    []store.InboxRow{{UID: 1, USeq: 5, Conv: conv, CSeq: 5}},
	})
	_, err := s.Inbox(nil, 1, 0, 5, 10, 1000)
	wantErr(t, err, store.ErrCorrupt)
	entries, err := s.Inbox(nil, 1, 0, 5, 3, 1000)
	equal(t, "entries before the gap", len(value(t, entries, err)), 3)
	for _, newest := range []bool{false, true} {
		_, err = s.Range(nil, conv, 5, 8, newest, 10, 1000)
		wantErr(t, err, store.ErrCorrupt)
		rows, err := s.Range(nil, conv, 5, 6, newest, 10, 1000)
		equal(t, "messages beside the gap", len(value(t, rows, err)), 2)
	}
}
