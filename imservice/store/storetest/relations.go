package storetest

import (
	"math"
	"testing"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

func testRelations(t *testing.T, place func(t *testing.T) Opener) {
	cases{
		"named":  testRelationsNamed,
		"listed": testRelationsListed,
		"tally":  testTally,
		"bars":   testBars,
	}.run(t, place)
	t.Run("reopen", func(t *testing.T) { testRelationsLast(t, place(t)) })
	t.Run("ground", func(t *testing.T) { testBarsOfGround(t, open(t, place(t))) })
	t.Run("kept ground", func(t *testing.T) { testKeepOfGround(t, open(t, place(t))) })
}

// relationRow is a row in which nothing is zero.
func relationRow(uid, with, n uint64) store.RelationRow {
	return store.RelationRow{UID: uid, Relation: msgdef.Relation{
		UID: with, State: msgdef.RelationFriends, CSeq: n, Since: int64(n + 1), Greeting: "hello", Again: math.MaxInt64,
		Blocked: 7, Changed: n + 2,
	}}
}

func testRelationsNamed(t *testing.T, s store.Store) {
	a, b, c := store.RelationName{UID: 1, Peer: 2}, store.RelationName{UID: 2, Peer: 1}, store.RelationName{UID: 1, Peer: math.MaxUint64 - 1}
	got, err := s.Relations(nil, nil)
	equal(t, "nothing", len(value(t, got, err)), 0)
	got, err = s.Relations(nil, []store.RelationName{a, b})
	equal(t, "those that are not there", value(t, got, err), []msgdef.Relation{{UID: 2}, {UID: 1}})
	rowA, rowC := relationRow(1, 2, 5), relationRow(1, c.Peer, 6)
	commit(t, s, &store.Commit{Relations: []store.RelationRow{relationRow(1, 2, 4), rowC, rowA}})
	got, err = s.Relations([]msgdef.Relation{{UID: 9}}, []store.RelationName{c, b, a, c})
	equal(t, "relations", value(t, got, err), []msgdef.Relation{{UID: 9}, rowC.Relation, {UID: 1}, rowA.Relation, rowC.Relation})
	commit(t, s, &store.Commit{Relations: []store.RelationRow{{UID: 1, Relation: msgdef.Relation{UID: 2}}, {UID: 2, Relation: msgdef.Relation{UID: 1}}}})
	got, err = s.Relations(nil, []store.RelationName{a, c})
	equal(t, "ended", value(t, got, err), []msgdef.Relation{{UID: 2}, rowC.Relation})
}

func testRelationsListed(t *testing.T, s store.Store) {
	var rows []store.RelationRow
	for _, with := range []uint64{1, 300, math.MaxUint64, 4, 1 << 63} {
		rows = append(rows, relationRow(5, with, with/2))
	}
	commit(t, s, &store.Commit{Relations: append(rows, relationRow(4, 2, 2), relationRow(6, 2, 2))})
	for _, test := range []struct {
		after uint64
		limit int
		want  []int // of rows
	}{
		{0, 9, []int{0, 3, 1, 4, 2}}, {0, 2, []int{0, 3}}, {4, 9, []int{1, 4, 2}}, {3, 1, []int{3}},
		{math.MaxUint64 - 1, 9, []int{2}}, {math.MaxUint64, 9, nil}, {0, 0, nil},
	} {
		got, err := s.RelationsOf([]msgdef.Relation{{UID: 9}}, 5, test.after, test.limit)
		want := []msgdef.Relation{{UID: 9}}
		for _, i := range test.want {
			want = append(want, rows[i].Relation)
		}
		equal(t, "a page", value(t, got, err), want)
	}
}

func testTally(t *testing.T, s store.Store) {
	none, err := s.Tally(1)
	equal(t, "no tally", value(t, none, err), store.Tally{})
	full := store.Tally{Friends: math.MaxUint32, Asked: 1, Asking: 2, Blocked: 3}
	commit(t, s, &store.Commit{Tallies: []store.TallyRow{{UID: 1, Tally: store.Tally{Asked: 9}}, {UID: 2}, {UID: 1, Tally: full}}})
	got, err := s.Tally(1)
	equal(t, "tally", value(t, got, err), full)
}

func testBars(t *testing.T, s store.Store) {
	a, b, c := msgdef.Pair(1, 2), msgdef.Pair(2, 3), msgdef.Pair(1, 1)
	want := func(want ...store.Bars) {
		t.Helper()
		got, err := s.Bars([]store.Bars{9}, []msgdef.Conversation{b, a, c, a})
		equal(t, "bars", value(t, got, err), append([]store.Bars{9}, want...))
	}
	want(0, 0, 0, 0)
	commit(t, s, &store.Commit{Bars: []store.BarsRow{{Conv: a, Bars: 1}, {Conv: b, Bars: store.BothFriends}, {Conv: a, Bars: store.GreaterBlocks | store.BothFriends}}})
	want(4, 6, 0, 6)
	head, err := s.ConversationHead(a)
	equal(t, "head of a pair without messages", value(t, head, err), 0)
	commit(t, s, &store.Commit{Messages: []store.MessageRow{{Conv: a, CSeq: 1, Bytes: []byte("a")}, {Conv: c, CSeq: 1, Bytes: []byte("c")}}})
	want(4, 6, 0, 6)
	commit(t, s, &store.Commit{Bars: []store.BarsRow{{Conv: a}, {Conv: c, Bars: 3}}})
	want(4, 0, 3, 0)
	head, err = s.ConversationHead(a)
	equal(t, "head of a pair with a message", value(t, head, err), 1)
}

// testBarsOfGround has whoever locks a pair know its bars.
func testBarsOfGround(t *testing.T, s store.Store) {
	shared, ok := s.(store.Shared)
	if !ok {
		t.Skip("not shared")
	}
	a, b := msgdef.Pair(1, 2), msgdef.Pair(1, 3)
	commit(t, s, &store.Commit{Bars: []store.BarsRow{{Conv: a, Bars: store.GreaterBlocks}}})
	g := &store.Ground{Users: []uint64{1, 2, 3}, Conversations: []msgdef.Conversation{a, b}}
	if err := shared.Lock(g); err != nil {
		t.Fatal(err)
	}
	shared.Unlock()
	equal(t, "a pair that has bars", g.Newest[a], store.ConversationHead{Bars: store.GreaterBlocks})
	equal(t, "one that has not", g.Newest[b], store.ConversationHead{})
}

// testKeepOfGround has whoever locks a pair know for how many days its messages live.
func testKeepOfGround(t *testing.T, s store.Store) {
	shared, ok := s.(store.Shared)
	if !ok {
		t.Skip("not shared")
	}
	a, b := msgdef.Pair(1, 2), msgdef.Pair(1, 3)
	row := func(uid uint64, conv msgdef.Conversation, days uint16, agrees bool) store.SettingRow {
		return store.SettingRow{TalkName: store.TalkName{UID: uid, Conv: conv}, TalkState: msgdef.TalkState{Keep: days, Kept: 1}, Agrees: agrees}
	}
	want := func(what string, ofA, ofB store.ConversationHead) {
		t.Helper()
		g := &store.Ground{Users: []uint64{1, 2, 3}, Conversations: []msgdef.Conversation{a, b}}
		if err := shared.Lock(g); err != nil {
			t.Fatal(err)
		}
		shared.Unlock()
		equal(t, what, []store.ConversationHead{g.Newest[a], g.Newest[b]}, []store.ConversationHead{ofA, ofB})
	}
	commit(t, s, &store.Commit{Settings: []store.SettingRow{row(1, a, 30, true), row(2, a, 30, true), row(1, b, 9, false)}})
	want("one that has it", store.ConversationHead{Keep: 30}, store.ConversationHead{})
	commit(t, s, &store.Commit{Messages: []store.MessageRow{{Conv: a, CSeq: 1, At: 5, Count: 1, Bytes: []byte("a")}, {Conv: b, CSeq: 1, Bytes: []byte("b")}}})
	commit(t, s, &store.Commit{Settings: []store.SettingRow{row(1, a, 9, false), row(1, b, 3, true), row(3, b, 3, true), row(1, b, math.MaxUint16, true)}})
	want("of several the last", store.ConversationHead{CSeq: 1, At: 5, Count: 1, Keep: 30}, store.ConversationHead{CSeq: 1, Keep: math.MaxUint16})
	commit(t, s, &store.Commit{Settings: []store.SettingRow{row(1, a, 0, true)}, Bars: []store.BarsRow{{Conv: a, Bars: 1}}})
	want("none any more", store.ConversationHead{CSeq: 1, At: 5, Count: 1, Bars: 1}, store.ConversationHead{CSeq: 1, Keep: math.MaxUint16})
}

func testRelationsLast(t *testing.T, p Opener) {
	s := open(t, p)
	row := relationRow(1, 2, 5)
	commit(t, s, &store.Commit{
		Relations: []store.RelationRow{row}, Tallies: []store.TallyRow{{UID: 1, Tally: store.Tally{Friends: 1}}},
		Bars: []store.BarsRow{{Conv: msgdef.Pair(1, 2), Bars: store.BothFriends}},
	})
	ok(t, s.Close())
	s = open(t, p)
	got, errList := s.RelationsOf(nil, 1, 0, 9)
	equal(t, "relations", value(t, got, errList), []msgdef.Relation{row.Relation})
	tally, errTally := s.Tally(1)
	equal(t, "tally", value(t, tally, errTally), store.Tally{Friends: 1})
	bars, errBars := s.Bars(nil, []msgdef.Conversation{msgdef.Pair(1, 2)})
	equal(t, "bars", value(t, bars, errBars), []store.Bars{store.BothFriends})
}
