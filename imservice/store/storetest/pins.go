package storetest

import (
	"math"
	"testing"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

func testPins(t *testing.T, s store.Store) {
	conv, other := msgdef.Pair(1, 2), msgdef.Pair(1, 3)
	row := func(cseq uint64, gone bool) store.PinRow { return store.PinRow{Conv: conv, CSeq: cseq, Gone: gone} }
	want := func(from, to uint64, limit int, cseqs ...uint64) {
		t.Helper()
		got, err := s.Pins([]uint64{7}, conv, from, to, limit)
		equal(t, "pins", value(t, got, err), append([]uint64{7}, cseqs...))
	}
	want(0, math.MaxUint64, 5)
	commit(t, s, &store.Commit{Pins: []store.PinRow{
		row(3, false), row(1, false), {Conv: other, CSeq: 2}, row(math.MaxUint64, false), row(300, false), row(4, false), row(4, true), row(5, true),
	}})
	want(0, math.MaxUint64, 9, math.MaxUint64, 300, 3, 1)
	want(0, math.MaxUint64, 2, math.MaxUint64, 300)
	want(0, math.MaxUint64, 0)
	want(1, 300, 9, 300, 3, 1)
	want(2, 299, 9, 3)
	want(4, 3, 9)
	commit(t, s, &store.Commit{Pins: []store.PinRow{row(3, true), row(3, false), row(300, true), row(1, false), row(9, true)}})
	want(0, math.MaxUint64, 9, math.MaxUint64, 3, 1)
}
