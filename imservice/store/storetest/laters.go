package storetest

import (
	"errors"
	"math"
	"testing"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

// later returns a row.
func later(uid, cseq uint64, at int64, says string) store.LaterRow {
	return store.LaterRow{LaterName: store.LaterName{UID: uid, CSeq: cseq}, At: at, Bytes: []byte(says)}
}

// without returns rows as LatersDue does.
func without(rows ...store.LaterRow) []store.LaterRow {
	for i := range rows {
		rows[i].Bytes = nil
	}
	return rows
}

// done returns a row that waits no longer.
func done(row store.LaterRow) store.LaterRow {
	row.Gone, row.Bytes = true, nil
	return row
}

func testLaters(t *testing.T, s store.Store) {
	a, b, c := later(1, 5, 300, "a"), later(1, 300, 5, "b"), later(2, 1, 300, "c")
	far := later(math.MaxUint64-1, math.MaxUint64, 1<<60, "far")
	gone := later(1, 7, 6, "gone")
	commit(t, s, &store.Commit{
		Messages: []store.MessageRow{{Conv: msgdef.Stream(1), CSeq: 1}},
		Laters:   []store.LaterRow{c, a, gone, far, b, done(gone), done(later(9, 9, 9, ""))},
	})
	due := func(upTo int64, limit int, rows ...store.LaterRow) {
		t.Helper()
		before := later(9, 9, 9, "before")
		got, err := s.LatersDue([]store.LaterRow{before}, upTo, limit)
		equal(t, "due", value(t, got, err), append([]store.LaterRow{before}, without(rows...)...))
	}
	due(1<<60, 9, b, a, c, far)
	due(1<<60, 2, b, a)
	due(1<<60, 0)
	due(299, 9, b)
	due(4, 9)
	of := func(uid uint64, limit int, rows ...store.LaterRow) {
		t.Helper()
		got, err := s.LatersOf([]store.LaterRow{c}, uid, limit)
		equal(t, "of a user", value(t, got, err), append([]store.LaterRow{c}, rows...))
	}
	of(1, 9, a, b)
	of(1, 1, a)
	of(1, 0)
	of(3, 9)
	of(far.UID, 9, far)
	got, err := s.Later(b.LaterName)
	equal(t, "one", value(t, got, err), b)
	if _, err := s.Later(gone.LaterName); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("one that is gone: %v", err)
	}
	commit(t, s, &store.Commit{Messages: []store.MessageRow{{Conv: msgdef.Stream(1), CSeq: 2}}, Laters: []store.LaterRow{done(a), done(far)}})
	due(1<<60, 9, b, c)
	of(1, 9, b)
	of(far.UID, 9)
}
