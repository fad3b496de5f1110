package storetest

import (
	"math"
	"strings"
	"testing"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

func testVerdicts(t *testing.T, place func(t *testing.T) Opener) {
	cases{
		"standing":       testStanding,
		"families":       testVerdictOnFamilies,
		"password":       testVerdictOnPassword,
		"evictions":      testEvictions,
		"drop evictions": testDropEvictions,
		"long reasons":   testLongReasons,
	}.run(t, place)
	t.Run("reopen", func(t *testing.T) { testVerdictsLast(t, place(t)) })
}

// verdict bans a user, whose sessions are still there.
func verdict(uid, generation uint64) store.Verdict {
	return store.Verdict{
		UID:      uid,
		Standing: store.Standing{Generation: generation, Banned: true, Until: -1, Reason: "spam"},
		Eviction: store.Eviction{UID: uid, Device: 7, Generation: generation, Code: msgdef.CodeBanned, Detail: "spam", At: 5},
	}
}

func standing(t *testing.T, s store.Store, uid uint64) store.Standing {
	t.Helper()
	d, err := s.Standing(uid)
	return value(t, d, err)
}

func evictions(t *testing.T, s store.Store) []store.Eviction {
	t.Helper()
	list, err := s.Evictions(math.MaxInt)
	return value(t, list, err)
}

func testStanding(t *testing.T, s store.Store) {
	equal(t, "standing of none", standing(t, s, 1), store.Standing{})
	for _, want := range []store.Standing{
		{Generation: math.MaxUint64, Banned: true, Until: math.MinInt64, Reason: "r"},
		{Generation: 1, Removed: true, Until: math.MaxInt64},
		{Banned: true, Removed: true, Reason: strings.Repeat("x", 1000)},
		{},
	} {
		ok(t, s.PutVerdict(store.Verdict{UID: 1, Standing: want}))
		equal(t, "standing", standing(t, s, 1), want)
	}
	equal(t, "standing of a neighbour", standing(t, s, 2), store.Standing{})
	equal(t, "evictions", len(evictions(t, s)), 0)
}

func testVerdictOnFamilies(t *testing.T, s store.Store) {
	for _, n := range []int{3, 4, 5} {
		ok(t, s.PutFamily(family(1, n), 10, moment()))
		ok(t, s.PutFamily(family(2, n), 10, moment()))
	}
	ok(t, s.PutVerdict(store.Verdict{UID: 1, Device: 4}))
	equal(t, "none asked for", families(t, s, 1), []int{3, 4, 5})
	ok(t, s.PutVerdict(store.Verdict{UID: 1, Families: true, Device: 4}))
	equal(t, "one device", families(t, s, 1), []int{3, 5})
	ok(t, s.PutVerdict(store.Verdict{UID: 1, Families: true}))
	equal(t, "all", families(t, s, 1), nil)
	equal(t, "of another user", families(t, s, 2), []int{3, 4, 5})
	for _, n := range []int{3, 4} {
		ok(t, s.PutFamily(family(1, n), 10, moment()))
	}
	for _, n := range []int{4, 6} { // in the place of the device's, and of none
		one := family(1, n)
		ok(t, s.PutVerdict(store.Verdict{UID: 1, Families: true, Family: &one}))
		equal(t, "all but the new one", families(t, s, 1), []int{n})
	}
	if s.PutVerdict(store.Verdict{UID: 1, Family: new(store.Family)}) == nil {
		t.Error("a family without tokens was accepted")
	}
}

func testVerdictOnPassword(t *testing.T, s store.Store) {
	alice := account(t)(s.CreateAccount("alice", "hash", moment()))
	ok(t, s.PutVerdict(store.Verdict{UID: alice.UID}))
	equal(t, "kept", account(t)(s.AccountByName("alice")), alice)
	for _, alice.Password = range []string{"another", ""} {
		ok(t, s.PutVerdict(store.Verdict{UID: alice.UID, Password: &alice.Password}))
		equal(t, "replaced", account(t)(s.AccountByName("alice")), alice)
	}
	wantErr(t, s.PutVerdict(store.Verdict{UID: 9, Password: new(string)}), store.ErrNotFound)
	equal(t, "standing of nobody", standing(t, s, 9), store.Standing{})
}

func testEvictions(t *testing.T, s store.Store) {
	equal(t, "none", len(evictions(t, s)), 0)
	one, other, last := verdict(1, 1), verdict(1, 2), verdict(math.MaxUint64, 1)
	other.Eviction.Device = 0
	for _, v := range []store.Verdict{last, one, other} {
		ok(t, s.PutVerdict(v))
	}
	equal(t, "all", evictions(t, s), []store.Eviction{other.Eviction, one.Eviction, last.Eviction})
	later := verdict(1, 3)
	later.Eviction.Detail = ""
	later.Eviction.Stays = store.Place{Device: math.MaxUint64, Gate: strings.Repeat("g", 255), Conn: math.MaxUint64}
	other.Eviction.Stays = store.Place{Conn: 1}
	ok(t, s.PutVerdict(other))
	ok(t, s.PutVerdict(later))
	equal(t, "a later one", evictions(t, s), []store.Eviction{other.Eviction, later.Eviction, last.Eviction})
	for _, limit := range []int{2, 0, -1} {
		list, err := s.Evictions(limit)
		equal(t, "limited", len(value(t, list, err)), max(limit, 0))
	}
}

func testDropEvictions(t *testing.T, s store.Store) {
	old, kept, later := verdict(1, 1).Eviction, verdict(2, 1), verdict(1, 2)
	ok(t, s.PutVerdict(verdict(1, 1)))
	ok(t, s.PutVerdict(kept))
	ok(t, s.PutVerdict(later))
	ok(t, s.DropEvictions(nil))
	ok(t, s.DropEvictions([]store.Eviction{old, {UID: 9}}))
	equal(t, "one with a later one in its place", evictions(t, s), []store.Eviction{later.Eviction, kept.Eviction})
	ok(t, s.DropEvictions([]store.Eviction{later.Eviction, later.Eviction}))
	equal(t, "dropped", evictions(t, s), []store.Eviction{kept.Eviction})
	equal(t, "the standing stays", standing(t, s, 1), later.Standing)
}

func testLongReasons(t *testing.T, s store.Store) {
	long := strings.Repeat("x", 1<<16)
	if s.PutVerdict(store.Verdict{UID: 1, Eviction: store.Eviction{Stays: store.Place{Gate: long[:256]}, Generation: 1}}) == nil {
		t.Error("the name of a gate of 256 bytes was accepted")
	}
	for _, v := range []store.Verdict{
		{UID: 1, Standing: store.Standing{Reason: long}}, {UID: 1, Eviction: store.Eviction{Detail: long, Generation: 1}},
	} {
		if s.PutVerdict(v) == nil {
			t.Error("a reason of 65,536 bytes was accepted")
		}
	}
	equal(t, "standing", standing(t, s, 1), store.Standing{})
}

func testVerdictsLast(t *testing.T, at Opener) {
	s := open(t, at)
	want := verdict(1, 4)
	ok(t, s.PutVerdict(want))
	ok(t, s.Close())
	s = open(t, at)
	equal(t, "standing", standing(t, s, 1), want.Standing)
	equal(t, "evictions", evictions(t, s), []store.Eviction{want.Eviction})
}
