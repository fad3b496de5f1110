package storetest

import (
	"math"
	"slices"
	"testing"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

func testProfiles(t *testing.T, place func(t *testing.T) Opener) {
	cases{
		"rows":  testProfileRows,
		"found": testFindPeople,
		"moved": testFoundNamesMove,
	}.run(t, place)
	t.Run("reopen", func(t *testing.T) { testProfilesLast(t, place(t)) })
}

// profileRow is a row in which nothing is zero but the account.
func profileRow(uid, version uint64, name, was string) store.ProfileRow {
	return store.ProfileRow{Was: was, UserProfile: msgdef.UserProfile{
		UID: uid, Version: version, Changed: 5, Profile: msgdef.Profile{Name: name, About: "about", Avatar: store.MediaID{1, 2}},
	}}
}

func testProfileRows(t *testing.T, s store.Store) {
	got, err := s.Profiles(nil, nil)
	equal(t, "nobody", len(value(t, got, err)), 0)
	a, b := profileRow(1, 2, "Ann", "ann"), profileRow(math.MaxUint64-1, 1, "Bob", "")
	commit(t, s, &store.Commit{Profiles: []store.ProfileRow{profileRow(1, 1, "Ann", ""), b, a}})
	got, err = s.Profiles([]msgdef.UserProfile{{UID: 9}}, []uint64{b.UID, 3, 1, b.UID})
	equal(t, "profiles", value(t, got, err), []msgdef.UserProfile{{UID: 9}, b.UserProfile, {UID: 3}, a.UserProfile, b.UserProfile})
}

// foundBy lists who is found by a prefix, in pages of so many.
func foundBy(t *testing.T, s store.Store, prefix string, limit int) (uids []uint64) {
	t.Helper()
	for after := (store.FoundName{}); ; {
		page, err := s.FindPeople(nil, prefix, after, limit)
		for _, f := range value(t, page, err) {
			uids, after = append(uids, f.UID), f
		}
		if len(page) < limit {
			return uids
		}
	}
}

func testFindPeople(t *testing.T, s store.Store) {
	for _, name := range []string{"alice", "Alan", "Älbert", "bob", "al"} {
		_, err := s.CreateAccount(name, "", moment())
		ok(t, err)
	}
	hidden := profileRow(5, 1, "Alan", "")
	hidden.Profile.Hidden = true
	commit(t, s, &store.Commit{Profiles: []store.ProfileRow{profileRow(4, 1, "Alan\u00ffsson", ""), profileRow(3, 1, "alice", ""), hidden}})
	for _, test := range []struct {
		prefix string
		want   []uint64
	}{
		{"al", []uint64{5, 2, 4, 1, 3}}, {"ala", []uint64{2, 4}}, {"alan\u00ff", []uint64{4}}, {"alice", []uint64{1, 3}},
		{"älb", []uint64{3}}, {"b", []uint64{4}}, {"c", nil}, {"A", nil}, {"", nil},
	} {
		for _, limit := range []int{1, 2, 9} {
			if got := foundBy(t, s, test.prefix, limit); !slices.Equal(got, test.want) {
				t.Errorf("%q, %d at once: found %v, want %v", test.prefix, limit, got, test.want)
			}
		}
	}
	none, err := s.FindPeople(nil, "al", store.FoundName{}, 0)
	equal(t, "none wanted", len(value(t, none, err)), 0)
}

func testFoundNamesMove(t *testing.T, s store.Store) {
	commit(t, s, &store.Commit{Profiles: []store.ProfileRow{profileRow(1, 1, "Ann", ""), profileRow(1, 2, "Bea", "ann"), profileRow(2, 1, "Ann", "")}})
	equal(t, "of one commit", foundBy(t, s, "a", 9), []uint64{2})
	equal(t, "of the last name", foundBy(t, s, "b", 9), []uint64{1})
	commit(t, s, &store.Commit{Profiles: []store.ProfileRow{profileRow(1, 3, "Bea", "bea"), profileRow(2, 2, "", "ann")}})
	equal(t, "the same name again", foundBy(t, s, "b", 9), []uint64{1})
	equal(t, "no name", len(foundBy(t, s, "a", 9)), 0)
	hidden := profileRow(1, 4, "Bea", "bea")
	hidden.Profile.Hidden = true
	commit(t, s, &store.Commit{Profiles: []store.ProfileRow{hidden}})
	equal(t, "hidden", len(foundBy(t, s, "b", 9)), 0)
}

func testProfilesLast(t *testing.T, p Opener) {
	s := open(t, p)
	_, err := s.CreateAccount("alice", "", moment())
	ok(t, err)
	row := profileRow(1, 1, "Ann", "")
	commit(t, s, &store.Commit{Profiles: []store.ProfileRow{row}})
	ok(t, s.Close())
	s = open(t, p)
	got, err := s.Profiles(nil, []uint64{1})
	equal(t, "profiles", value(t, got, err), []msgdef.UserProfile{row.UserProfile})
	equal(t, "found", foundBy(t, s, "a", 9), []uint64{1, 1})
}
