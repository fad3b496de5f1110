package storetest

import (
	"math"
	"testing"
	"time"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

func testOutbox(t *testing.T, place func(t *testing.T) Opener) {
	cases{
		"rows":   testOutboxRows,
		"limits": testOutboxLimits,
		"remove": testRemoveOutbox,
		"named":  testOutboxNamed,
	}.run(t, place)
	t.Run("removed rows do not come back", func(t *testing.T) { testRemovedStayAway(t, place(t)) })
}

// outboxRows commits rows with the ids given.
func outboxRows(t *testing.T, s store.Store, ids ...uint64) (rows []store.OutboxRow) {
	t.Helper()
	for _, id := range ids {
		rows = append(rows, store.OutboxRow{ID: id, UID: id % 3, Device: math.MaxUint64 - id, USeq: id * 2, At: -5})
	}
	commit(t, s, &store.Commit{Outbox: rows})
	return rows
}

// outboxIDs lists the rows of a range.
func outboxIDs(t *testing.T, s store.Store, after, upTo uint64, limit int) (ids []uint64) {
	t.Helper()
	rows, err := s.OutboxRows(nil, after, upTo, limit)
	for _, row := range value(t, rows, err) {
		ids = append(ids, row.ID)
	}
	return ids
}

func testOutboxRows(t *testing.T, s store.Store) {
	equal(t, "head of none", number(t)(s.OutboxHead()), 0)
	equal(t, "none", outboxIDs(t, s, 0, math.MaxUint64, 10), nil)
	want := outboxRows(t, s, 1, 255, 256, math.MaxUint64)
	got, err := s.OutboxRows(want[:1:1], 1, math.MaxUint64, math.MaxInt)
	equal(t, "rows, appended", value(t, got, err), want)
	for _, row := range want {
		one, err := s.OutboxRow(row.ID)
		equal(t, "row", value(t, one, err), row)
	}
	_, err = s.OutboxRow(2)
	wantErr(t, err, store.ErrNotFound)
	equal(t, "head", number(t)(s.OutboxHead()), math.MaxUint64)
}

// testOutboxNamed has rows of messages that have no place in an inbox.
func testOutboxNamed(t *testing.T, s store.Store) {
	rows := []store.OutboxRow{
		{ID: 3, UID: 1, Device: 2, At: 4, Conv: msgdef.GroupConv(math.MaxUint64), CSeq: 1},
		{ID: 4, UID: 1, Device: 2, At: 4, USeq: 9},
		{ID: 5, UID: 1, Device: 2, At: 4, Conv: msgdef.GroupConv(1), CSeq: math.MaxUint64},
	}
	commit(t, s, &store.Commit{Outbox: rows})
	got, err := s.OutboxRows(nil, 0, 100, 10)
	equal(t, "rows", value(t, got, err), rows)
	for _, row := range rows {
		one, err := s.OutboxRow(row.ID)
		equal(t, "row", value(t, one, err), row)
	}
	if shared, ok := s.(store.Shared); ok {
		taken, err := shared.TakeOutbox(nil, 10, time.UnixMilli(5), time.UnixMilli(9))
		equal(t, "taken", value(t, taken, err), rows)
	}
	ok(t, s.RemoveOutbox([]uint64{3, 4}))
	equal(t, "left", outboxIDs(t, s, 0, 100, 10), []uint64{5})
}

func testOutboxLimits(t *testing.T, s store.Store) {
	outboxRows(t, s, 3, 4, 7, 9)
	for _, test := range []struct {
		after, upTo uint64
		limit       int
		want        []uint64
	}{
		{0, 100, 2, []uint64{3, 4}}, {4, 100, 9, []uint64{7, 9}}, {5, 8, 9, []uint64{7}}, {3, 7, 9, []uint64{4, 7}},
		{9, 100, 9, nil}, {0, 100, 0, nil}, {0, 100, -1, nil}, {7, 3, 9, nil}, {0, math.MaxUint64, math.MaxInt, []uint64{3, 4, 7, 9}},
	} {
		equal(t, "ids", outboxIDs(t, s, test.after, test.upTo, test.limit), test.want)
	}
}

func testRemoveOutbox(t *testing.T, s store.Store) {
	outboxRows(t, s, 1, 2, 3, 4)
	ok(t, s.RemoveOutbox(nil))
	ok(t, s.RemoveOutbox([]uint64{4, 2, 2, 77}))
	equal(t, "left", outboxIDs(t, s, 0, 100, 10), []uint64{1, 3})
	_, err := s.OutboxRow(2)
	wantErr(t, err, store.ErrNotFound)
	equal(t, "head", number(t)(s.OutboxHead()), 3)
	ok(t, s.RemoveOutbox([]uint64{1, 3}))
	equal(t, "head of none", number(t)(s.OutboxHead()), 0)
}

// testRemovedStayAway opens again: a commit that waited made them durable too.
func testRemovedStayAway(t *testing.T, at Opener) {
	s := open(t, at)
	outboxRows(t, s, 1, 2, 3)
	ok(t, s.RemoveOutbox([]uint64{1, 3}))
	outboxRows(t, s, 4)
	ok(t, s.Close())
	equal(t, "left", outboxIDs(t, open(t, at), 0, 100, 10), []uint64{2, 4})
}
