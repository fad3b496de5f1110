package storetest

import (
	"testing"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

func testExpiries(t *testing.T, s store.Store) {
	low, high := msgdef.Pair(1, 2), msgdef.Pair(1, 3)
	row := func(at int64, conv msgdef.Conversation, cseq uint64) store.ExpiryRow {
		return store.ExpiryRow{At: at, Conv: conv, CSeq: cseq}
	}
	gone := func(r store.ExpiryRow) store.ExpiryRow { r.Gone = true; return r }
	want := func(upTo int64, limit int, rows ...store.ExpiryRow) {
		t.Helper()
		before := row(9, low, 9)
		got, err := s.Expiring([]store.ExpiryRow{before}, upTo, limit)
		equal(t, "expiring", value(t, got, err), append([]store.ExpiryRow{before}, rows...))
	}
	const late = 1 << 52
	a, b, c, d := row(5, high, 1), row(300, low, 2), row(300, low, 10), row(300, high, 1)
	want(late, 9)
	commit(t, s, &store.Commit{Expiries: []store.ExpiryRow{d, a, c, b, row(late, low, 1), row(7, low, 7), gone(row(7, low, 7)), gone(row(8, low, 8))}})
	want(late, 9, a, b, c, d, row(late, low, 1))
	want(late, 2, a, b)
	want(late, 0)
	want(300, 9, a, b, c, d)
	want(299, 9, a)
	want(4, 9)
	commit(t, s, &store.Commit{Expiries: []store.ExpiryRow{gone(a), gone(c), gone(d), d}})
	want(300, 9, b, d)
}
