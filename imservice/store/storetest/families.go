package storetest

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/sim-im/sim/imservice/store"
)

func testFamilies(t *testing.T, place func(t *testing.T) Opener) {
	cases{
		"put":        testPutFamily,
		"limit":      testFamilyLimit,
		"expired":    testExpiredFamilies,
		"again":      testSameFamily,
		"one device": testFamilyOfDevice,
		"others":     testFamiliesOfOthers,
		"sizes":      testFamilySizes,
	}.run(t, place)
}

// family n of a user is that of device n, and expires n minutes after moment.
func family(uid uint64, n int) store.Family {
	f := store.Family{ID: [32]byte{0: byte(n)}, UID: uid, Device: uint64(n), Used: date(-n), Since: uint64(n) << 40}
	binary.BigEndian.PutUint64(f.ID[24:], uid)
	f.Tokens = []store.Token{{Hash: [32]byte{1, byte(n)}, Issued: date(0), Expires: date(n)}}
	return f
}

// date is so many minutes after moment, as precise as a store is.
func date(minutes int) time.Time {
	return moment().Add(time.Duration(minutes) * time.Minute).Truncate(time.Millisecond).UTC()
}

// families returns which of the user's families 1 to 20 are there.
func families(t *testing.T, s store.Store, uid uint64) (there []int) {
	t.Helper()
	for n := 1; n <= 20; n++ {
		want := family(uid, n)
		since, at, errOf := s.FamilyOf(uid, want.Device)
		got, err := s.FamilyByID(want.ID)
		if err != nil {
			wantErr(t, err, store.ErrNotFound)
			wantErr(t, errOf, store.ErrNotFound)
			continue
		}
		equal(t, "since", [2]uint64{got.Since, since}, [2]uint64{want.Since, want.Since})
		equal(t, "owner", [2]uint64{got.UID, got.Device}, [2]uint64{uid, want.Device})
		equal(t, "expiry", value(t, at, errOf), got.Tokens[len(got.Tokens)-1].Expires)
		there = append(there, n)
	}
	return there
}

func testPutFamily(t *testing.T, s store.Store) {
	want := family(3, 5)
	_, err := s.FamilyByID(want.ID)
	wantErr(t, err, store.ErrNotFound)
	_, _, err = s.FamilyOf(3, 5)
	wantErr(t, err, store.ErrNotFound)
	for len(want.Tokens) <= store.MaxFamilyTokens {
		ok(t, s.PutFamily(want, 10, moment()))
		got, err := s.FamilyByID(want.ID)
		equal(t, "family", value(t, got, err), want)
		want.Tokens = append(want.Tokens, store.Token{
			Hash: [32]byte{9, byte(len(want.Tokens))}, Issued: date(1), Expires: date(5 + len(want.Tokens)),
		})
	}
	equal(t, "by device", families(t, s, 3), []int{5})
}

func testFamilySizes(t *testing.T, s store.Store) {
	f := family(1, 1)
	f.Tokens = nil
	if s.PutFamily(f, 1, moment()) == nil {
		t.Error("a family without tokens was accepted")
	}
	f.Tokens = make([]store.Token, store.MaxFamilyTokens+1)
	if s.PutFamily(f, 1, moment()) == nil {
		t.Error("a family with too many tokens was accepted")
	}
}

func testFamilyLimit(t *testing.T, s store.Store) {
	for _, n := range []int{7, 3, 9, 5} {
		ok(t, s.PutFamily(family(1, n), 3, moment()))
	}
	equal(t, "the first to expire went", families(t, s, 1), []int{5, 7, 9})
	ok(t, s.PutFamily(family(1, 2), 3, moment()))
	equal(t, "the new one stays though it expires first", families(t, s, 1), []int{2, 7, 9})
	ok(t, s.PutFamily(family(1, 4), 1, moment()))
	equal(t, "a lower limit", families(t, s, 1), []int{4})
	ok(t, s.PutFamily(family(1, 6), 0, moment()))
	equal(t, "no limit is 1", families(t, s, 1), []int{6})
}

func testExpiredFamilies(t *testing.T, s store.Store) {
	for _, n := range []int{1, 2, 3, 8} {
		ok(t, s.PutFamily(family(1, n), 10, moment()))
	}
	ok(t, s.PutFamily(family(1, 9), 10, date(2).Add(time.Second)))
	equal(t, "expired ones went", families(t, s, 1), []int{3, 8, 9})
}

func testSameFamily(t *testing.T, s store.Store) {
	ok(t, s.PutFamily(family(1, 4), 2, moment()))
	ok(t, s.PutFamily(family(1, 5), 2, moment()))
	longer := family(1, 4)
	longer.Tokens[0].Expires = date(64)
	ok(t, s.PutFamily(longer, 2, moment()))
	equal(t, "counted once", families(t, s, 1), []int{4, 5})
	ok(t, s.PutFamily(family(1, 6), 2, moment()))
	equal(t, "by the new date", families(t, s, 1), []int{4, 6})
}

// testFamilyOfDevice puts another family in the place of a device's.
func testFamilyOfDevice(t *testing.T, s store.Store) {
	ok(t, s.PutFamily(family(1, 4), 5, moment()))
	other := family(1, 7)
	other.Device = 4
	ok(t, s.PutFamily(other, 5, moment()))
	_, err := s.FamilyByID(family(1, 4).ID)
	wantErr(t, err, store.ErrNotFound)
	_, at, err := s.FamilyOf(1, 4)
	equal(t, "expiry", value(t, at, err), date(7))
}

func testFamiliesOfOthers(t *testing.T, s store.Store) {
	for uid := uint64(255); uid <= 257; uid++ {
		ok(t, s.PutFamily(family(uid, 5), 1, moment()))
	}
	ok(t, s.PutFamily(family(256, 6), 1, moment()))
	for uid, want := range map[uint64][]int{255: {5}, 256: {6}, 257: {5}} {
		equal(t, "families", families(t, s, uid), want)
	}
}
