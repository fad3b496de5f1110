package storetest

import (
	"math"
	"slices"
	"testing"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

func testSignIns(t *testing.T, place func(t *testing.T) Opener) {
	cases{
		"order":    testSignInOrder,
		"repeated": testSignInsRepeated,
		"users":    testSignedIn,
		"dropped":  testDropSignIns,
		"lives":    testGateLives,
		"sizes":    testSignInSizes,
	}.run(t, place)
}

// signIn is a session that lasts, of a user at gate g.
func signIn(uid uint64, began int64, conn uint64) store.SignInRow {
	return store.SignInRow{
		UID: uid, Began: began, Conn: conn, Gate: "g", Life: 5, Device: 1 << 63, Platform: msgdef.PlatformPhone, Address: "192.0.2.1",
	}
}

// kept returns all of a user's, newest first.
func kept(t *testing.T, s store.Store, uid uint64) []store.SignInRow {
	t.Helper()
	rows, err := s.SignIns(nil, uid, store.SignInPlace{}, 1000)
	return value(t, rows, err)
}

func testSignInOrder(t *testing.T, s store.Store) {
	equal(t, "nobody's", kept(t, s, 1), nil)
	a, b, c, d := signIn(1, 10, 7), signIn(1, 10, 1<<63), signIn(1, 300, 1), signIn(2, 20, 1)
	other := a
	other.Gate = "h"
	ok(t, s.KeepSignIns(nil, []store.SignInRow{c, a, d, b, other}))
	want := []store.SignInRow{c, b, other, a}
	equal(t, "newest first", kept(t, s, 1), want)
	page := func(what string, before store.SignInPlace, limit int, want ...store.SignInRow) {
		t.Helper()
		rows, err := s.SignIns(nil, 1, before, limit)
		equal(t, what, value(t, rows, err), want)
	}
	page("a page", c.Place(), 1, b)
	page("before all of a time and connection", store.SignInPlace{Began: 10, Conn: 1 << 63}, 5, other, a)
	page("one of two gates", b.Place(), 1, other)
	page("and the other", other.Place(), 5, a)
	page("a gate that is not there", store.SignInPlace{Began: 10, Conn: 7, Gate: "ga"}, 5, a)
	page("before both gates", store.SignInPlace{Began: 10, Conn: 7}, 5)
	page("none left", a.Place(), 5)
	rows, err := s.SignIns(want[:1:1], 1, b.Place(), 5)
	equal(t, "the rest, appended", value(t, rows, err), []store.SignInRow{c, other, a})
}

// testSignInsRepeated has the end of a session stay, in whatever order it comes.
func testSignInsRepeated(t *testing.T, s store.Store) {
	began, ended, later := signIn(3, 10, 1), signIn(3, 10, 1), signIn(3, 10, 1)
	ended.Ended, ended.End, later.Life = 20, msgdef.EndIdle, 9
	keep := func(rows ...store.SignInRow) { t.Helper(); ok(t, s.KeepSignIns(nil, rows)) }
	keep(began)
	keep(later)
	keep(began)
	equal(t, "the later life", kept(t, s, 3), []store.SignInRow{later})
	keep(ended)
	keep(later)
	keep(ended)
	equal(t, "once, and ended", kept(t, s, 3), []store.SignInRow{ended})
}

func testSignedIn(t *testing.T, s store.Store) {
	for _, uid := range []uint64{7, 255, 256, math.MaxUint64} {
		ok(t, s.KeepSignIns(nil, []store.SignInRow{signIn(uid, 1, 1), signIn(uid, 2, 1)}))
	}
	list, err := s.SignedIn(nil, 0, 10)
	equal(t, "all", value(t, list, err), []uint64{7, 255, 256, math.MaxUint64})
	list, err = s.SignedIn([]uint64{1}, 7, 2)
	equal(t, "two", value(t, list, err), []uint64{1, 255, 256})
	list, err = s.SignedIn(nil, math.MaxUint64, 2)
	equal(t, "none", value(t, list, err), nil)
}

func testDropSignIns(t *testing.T, s store.Store) {
	var rows []store.SignInRow
	for i := range 10 {
		rows = append(rows, signIn(4, int64(100+i), uint64(i)))
	}
	ok(t, s.KeepSignIns(nil, append(rows, signIn(5, 1, 1))))
	slices.Reverse(rows)
	n, err := s.DropSignIns(4, 102, 100)
	equal(t, "old ones", value(t, n, err), 2)
	equal(t, "left", kept(t, s, 4), rows[:8])
	n, err = s.DropSignIns(4, 102, 3)
	equal(t, "many", value(t, n, err), 5)
	equal(t, "left", kept(t, s, 4), rows[:3])
	n, err = s.DropSignIns(4, math.MaxInt64, 0)
	equal(t, "all", value(t, n, err), 3)
	n, err = s.DropSignIns(4, math.MaxInt64, 0)
	equal(t, "again", value(t, n, err), 0)
	equal(t, "another's", len(kept(t, s, 5)), 1)
}

func testGateLives(t *testing.T, s store.Store) {
	_, err := s.GateLife("g", 0)
	wantErr(t, err, store.ErrNotFound)
	one, two, other := store.GateLife{Gate: "g", Life: 1, Seen: 10}, store.GateLife{Gate: "g", Life: 1 << 63, Seen: 20}, store.GateLife{Gate: "ga", Life: 3, Seen: 30}
	ok(t, s.KeepSignIns([]store.GateLife{two, other, one}, nil))
	ok(t, s.KeepSignIns([]store.GateLife{{Gate: "g", Life: 1, Seen: 5}}, nil))
	got, err := s.GateLife("g", 0)
	equal(t, "the newest", value(t, got, err), two)
	got, err = s.GateLife("g", 1)
	equal(t, "an old one, as heard of last", value(t, got, err), one)
	_, err = s.GateLife("g", 2)
	wantErr(t, err, store.ErrNotFound)
	ok(t, s.DropGateLives(20))
	_, err = s.GateLife("g", 1)
	wantErr(t, err, store.ErrNotFound)
	got, err = s.GateLife("ga", 0)
	equal(t, "another gate's", value(t, got, err), other)
	ok(t, s.DropGateLives(math.MaxInt64))
	_, err = s.GateLife("ga", 0)
	wantErr(t, err, store.ErrNotFound)
}

func testSignInSizes(t *testing.T, s store.Store) {
	row := signIn(1, 1, 1)
	row.Gate = string(make([]byte, 256))
	if s.KeepSignIns(nil, []store.SignInRow{row}) == nil {
		t.Error("a gate with a name of 256 bytes was accepted")
	}
}
