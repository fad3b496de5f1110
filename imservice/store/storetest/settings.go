package storetest

import (
	"math"
	"testing"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

func testSettings(t *testing.T, place func(t *testing.T) Opener) {
	cases{
		"states":          testTalkStates,
		"hidden messages": testHidden,
		"cleared":         testHiddenBelow,
	}.run(t, place)
	t.Run("reopen", func(t *testing.T) { testSettingsLast(t, place(t)) })
}

// talkOf names the conversation of a user with another.
func talkOf(uid, with uint64) store.TalkName {
	return store.TalkName{UID: uid, Conv: msgdef.Pair(uid, with)}
}

// setRow is a row in which nothing is zero.
func setRow(of store.TalkName, n uint64) store.SettingRow {
	return store.SettingRow{TalkName: of, TalkState: msgdef.TalkState{
		Changed: n, Archived: n + 1, Muted: math.MaxInt64, Place: math.MaxUint32, Unread: n + 2,
		Draft: msgdef.TalkDraft{Text: "text", Reply: n + 3}, Drafted: n + 4, Cleared: math.MaxUint64, Deleted: 7,
	}}
}

func testTalkStates(t *testing.T, s store.Store) {
	a, b, c := talkOf(1, 2), talkOf(2, 1), talkOf(1, math.MaxUint64-1)
	none, err := s.TalkStates(nil, nil)
	equal(t, "states of nothing", len(value(t, none, err)), 0)
	none, err = s.TalkStates(nil, []store.TalkName{a, b})
	equal(t, "states that nobody set", value(t, none, err), make([]msgdef.TalkState, 2))
	commit(t, s, &store.Commit{Settings: []store.SettingRow{setRow(a, 1), setRow(c, 2), setRow(a, 3)}})
	got, err := s.TalkStates([]msgdef.TalkState{{Changed: 9}}, []store.TalkName{c, b, a, c})
	want := []msgdef.TalkState{{Changed: 9}, setRow(c, 2).TalkState, {}, setRow(a, 3).TalkState, setRow(c, 2).TalkState}
	equal(t, "states", value(t, got, err), want)
	commit(t, s, &store.Commit{Settings: []store.SettingRow{{TalkName: a}}})
	got, err = s.TalkStates(nil, []store.TalkName{a})
	equal(t, "taken back", value(t, got, err), make([]msgdef.TalkState, 1))
}

// hide returns rows for messages of a conversation.
func hide(of store.TalkName, cseqs ...uint64) (rows []store.HiddenRow) {
	for _, cseq := range cseqs {
		rows = append(rows, store.HiddenRow{TalkName: of, CSeq: cseq})
	}
	return rows
}

func testHidden(t *testing.T, s store.Store) {
	a, b := talkOf(1, 2), talkOf(2, 1)
	commit(t, s, &store.Commit{Hidden: append(hide(a, 5, 3, 300, 5, math.MaxUint64), hide(b, 4)...)})
	commit(t, s, &store.Commit{Hidden: hide(a, 3)})
	for _, test := range []struct {
		of       store.TalkName
		from, to uint64
		want     []uint64
	}{
		{a, 0, math.MaxUint64, []uint64{3, 5, 300, math.MaxUint64}},
		{a, 3, 5, []uint64{3, 5}},
		{a, 4, 4, nil},
		{a, 5, 5, []uint64{5}},
		{a, 6, 5, nil},
		{b, 0, math.MaxUint64, []uint64{4}},
		{talkOf(1, 3), 0, math.MaxUint64, nil},
	} {
		got, err := s.Hidden(nil, test.of, test.from, test.to)
		equal(t, "hidden", value(t, got, err), test.want)
	}
	got, err := s.Hidden([]uint64{9}, a, 3, 3)
	equal(t, "appended", value(t, got, err), []uint64{9, 3})
}

// testHiddenBelow has rows go, and later ones of the same commit stay.
func testHiddenBelow(t *testing.T, s store.Store) {
	a, b := talkOf(1, 2), talkOf(2, 1)
	commit(t, s, &store.Commit{Hidden: append(hide(a, 1, 2, 3, 4), hide(b, 1, 2)...)})
	rows := append(hide(a, 3), store.HiddenRow{TalkName: a, CSeq: 3, Below: true})
	commit(t, s, &store.Commit{Hidden: append(rows, hide(a, 9)...)})
	got, err := s.Hidden(nil, a, 0, math.MaxUint64)
	equal(t, "above", value(t, got, err), []uint64{4, 9})
	got, err = s.Hidden(nil, b, 0, math.MaxUint64)
	equal(t, "of another", value(t, got, err), []uint64{1, 2})
	commit(t, s, &store.Commit{Hidden: []store.HiddenRow{{TalkName: a, CSeq: math.MaxUint64, Below: true}}})
	got, err = s.Hidden(nil, a, 0, math.MaxUint64)
	equal(t, "after all", len(value(t, got, err)), 0)
}

func testSettingsLast(t *testing.T, at Opener) {
	s := open(t, at)
	of := talkOf(1, 2)
	commit(t, s, &store.Commit{Settings: []store.SettingRow{setRow(of, 1)}, Hidden: hide(of, 5)})
	ok(t, s.Close())
	s = open(t, at)
	got, err := s.TalkStates(nil, []store.TalkName{of})
	equal(t, "state", value(t, got, err), []msgdef.TalkState{setRow(of, 1).TalkState})
	hidden, err := s.Hidden(nil, of, 0, 9)
	equal(t, "hidden", value(t, hidden, err), []uint64{5})
}
