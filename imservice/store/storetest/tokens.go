package storetest

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/sim-im/sim/imservice/store"
)

func testTokens(t *testing.T, place func(t *testing.T) Opener) {
	cases{
		"put":     testPutToken,
		"limit":   testTokenLimit,
		"expired": testExpiredTokens,
		"again":   testSameToken,
		"others":  testTokensOfOthers,
	}.run(t, place)
}

// token n of a user expires n minutes after moment.
func token(uid uint64, n int) store.Token {
	t := store.Token{Hash: [32]byte{0: byte(n)}, UID: uid, Expires: moment().Add(time.Duration(n) * time.Minute)}
	binary.BigEndian.PutUint64(t.Hash[24:], uid)
	return t
}

// tokens returns which of the user's tokens 1 to 20 are there.
func tokens(t *testing.T, s store.Store, uid uint64) (there []int) {
	t.Helper()
	for n := 1; n <= 20; n++ {
		if got, err := s.TokenByHash(token(uid, n).Hash); err == nil {
			equal(t, "owner", got.UID, uid)
			there = append(there, n)
		} else {
			wantErr(t, err, store.ErrNotFound)
		}
	}
	return there
}

func testPutToken(t *testing.T, s store.Store) {
	want := token(3, 5)
	_, err := s.TokenByHash(want.Hash)
	wantErr(t, err, store.ErrNotFound)
	ok(t, s.PutToken(want, 10, moment()))
	got, err := s.TokenByHash(want.Hash)
	equal(t, "owner", value(t, got, err).UID, 3)
	equal(t, "hash", got.Hash, want.Hash)
	if !got.Expires.Equal(want.Expires.Truncate(time.Millisecond)) {
		t.Fatalf("expires at %v, want %v", got.Expires, want.Expires)
	}
}

func testTokenLimit(t *testing.T, s store.Store) {
	for _, n := range []int{7, 3, 9, 5} {
		ok(t, s.PutToken(token(1, n), 3, moment()))
	}
	equal(t, "the first to expire went", tokens(t, s, 1), []int{5, 7, 9})
	ok(t, s.PutToken(token(1, 2), 3, moment()))
	equal(t, "the new one stays though it expires first", tokens(t, s, 1), []int{2, 7, 9})
	ok(t, s.PutToken(token(1, 4), 1, moment()))
	equal(t, "a lower limit", tokens(t, s, 1), []int{4})
	ok(t, s.PutToken(token(1, 6), 0, moment()))
	equal(t, "no limit is 1", tokens(t, s, 1), []int{6})
}

func testExpiredTokens(t *testing.T, s store.Store) {
	for _, n := range []int{1, 2, 3, 8} {
		ok(t, s.PutToken(token(1, n), 10, moment()))
	}
	ok(t, s.PutToken(token(1, 9), 10, token(1, 2).Expires.Add(time.Second)))
	equal(t, "expired ones went", tokens(t, s, 1), []int{3, 8, 9})
	got, err := s.TokenByHash(token(1, 3).Hash)
	equal(t, "an expired token is there until the next one", value(t, got, err).UID, 1)
}

func testSameToken(t *testing.T, s store.Store) {
	ok(t, s.PutToken(token(1, 4), 2, moment()))
	ok(t, s.PutToken(token(1, 5), 2, moment()))
	longer := token(1, 4)
	longer.Expires = longer.Expires.Add(time.Hour)
	ok(t, s.PutToken(longer, 2, moment()))
	equal(t, "counted once", tokens(t, s, 1), []int{4, 5})
	got, err := s.TokenByHash(longer.Hash)
	equal(t, "expires", value(t, got, err).Expires.UnixMilli(), longer.Expires.UnixMilli())
	ok(t, s.PutToken(token(1, 6), 2, moment()))
	equal(t, "by the new date", tokens(t, s, 1), []int{4, 6})
}

func testTokensOfOthers(t *testing.T, s store.Store) {
	for uid := uint64(255); uid <= 257; uid++ {
		ok(t, s.PutToken(token(uid, 5), 1, moment()))
	}
	ok(t, s.PutToken(token(256, 6), 1, moment()))
	for uid, want := range map[uint64][]int{255: {5}, 256: {6}, 257: {5}} {
		equal(t, "tokens", tokens(t, s, uid), want)
	}
}
