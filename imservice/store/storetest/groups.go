package storetest

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

func testGroups(t *testing.T, place func(t *testing.T) Opener) {
	cases{
		"group":          testGroup,
		"found by name":  testFoundGroups,
		"members":        testMembers,
		"talks":          testTalks,
		"twice":          testGroupTwice,
		"messages again": testMessageReplaced,
		"reactions":      testReactions,
		"big":            testBigGroup,
		"pins":           testPins,
		"expiries":       testExpiries,
		"laters":         testLaters,
	}.run(t, place)
	t.Run("reopen", func(t *testing.T) { testGroupsLast(t, place(t)) })
}

// groupRow is a group of a name, which was listed under another before.
func groupRow(id uint64, name, was string) store.GroupRow {
	return store.GroupRow{Was: was, Group: msgdef.Group{
		Conv: msgdef.GroupConv(id), Owner: id + 1, Members: 2, Founded: 5,
		Info: msgdef.GroupInfo{Name: name, Announcement: "a", Entry: msgdef.EntryAsk, Listed: name != "", Quiet: true},
	}}
}

func memberRow(id, uid uint64, role msgdef.GroupRole) store.MemberRow {
	return store.MemberRow{Conv: msgdef.GroupConv(id), GroupMember: msgdef.GroupMember{UID: uid, Role: role, Since: uid * 2, Muted: -int64(uid)}}
}

func testGroup(t *testing.T, s store.Store) {
	_, err := s.Group(msgdef.GroupConv(1))
	wantErr(t, err, store.ErrNotFound)
	row := groupRow(1, "Name", "")
	commit(t, s, &store.Commit{Groups: []store.GroupRow{row, groupRow(2, "Other", "")}})
	g, err := s.Group(msgdef.GroupConv(1))
	equal(t, "group", value(t, g, err), row.Group)
	row.Group.Dissolved, row.Was = true, "name"
	commit(t, s, &store.Commit{Groups: []store.GroupRow{row}})
	g, err = s.Group(msgdef.GroupConv(1))
	equal(t, "dissolved group", value(t, g, err), row.Group)
}

// found lists all groups with a prefix, in pages.
func found(t *testing.T, s store.Store, prefix string, limit int) (names []string) {
	t.Helper()
	for at := (store.Listed{}); ; {
		page, err := s.FindGroups(nil, prefix, at, limit)
		if value(t, page, err); len(page) > limit {
			t.Fatalf("%d groups, at most %d", len(page), limit)
		}
		for _, g := range page {
			names = append(names, g.Info.Name)
		}
		if len(page) < limit {
			return names
		}
		last := page[len(page)-1]
		at = store.Listed{Name: store.Fold(last.Info.Name), Conv: last.Conv}
	}
}

func testFoundGroups(t *testing.T, s store.Store) {
	var c store.Commit
	for i, name := range []string{"b", "ABC", "ab", "aB", "abc d", "Äb", "", "\U0010ffff"} {
		c.Groups = append(c.Groups, groupRow(uint64(i)+1, name, ""))
	}
	commit(t, s, &c)
	renamed, gone := groupRow(1, "Abba", "b"), groupRow(4, "aB", "ab")
	gone.Dissolved = true
	commit(t, s, &store.Commit{Groups: []store.GroupRow{renamed, gone}})
	for prefix, want := range map[string][]string{
		"ab": {"ab", "Abba", "ABC", "abc d"}, "b": nil, "abc": {"ABC", "abc d"}, "ä": {"Äb"}, "abc d ": nil, "\U0010ffff": {"\U0010ffff"}, "zz": nil,
	} {
		for _, limit := range []int{1, 2, 3, 100} {
			equal(t, fmt.Sprintf("groups with %q in pages of %d", prefix, limit), found(t, s, prefix, limit), want)
		}
	}
	page, err := s.FindGroups([]msgdef.Group{renamed.Group}, "ab", store.Listed{}, 1)
	equal(t, "appended", len(value(t, page, err)), 2)
	page, err = s.FindGroups(nil, "ab", store.Listed{}, 0)
	equal(t, "none wanted", len(value(t, page, err)), 0)
}

// testBigGroup grows a group to more members than any commit names, and changes
// some of them: that is nothing to the others.
func testBigGroup(t *testing.T, s store.Store) {
	const members, each = 5000, 500
	row := groupRow(1, "Crowd", "")
	for n := uint64(0); n < members; n += each {
		c := store.Commit{}
		for uid := n + 1; uid <= n+each; uid++ {
			c.Members = append(c.Members, memberRow(1, uid, msgdef.RoleMember))
			c.Talks = append(c.Talks, store.TalkRow{UID: uid, Conv: row.Conv})
		}
		row.Members, row.Big, row.Gone, row.Others = uint32(n+each), 7, n, 3
		c.Groups = []store.GroupRow{row}
		commit(t, s, &c)
		row.Was = row.Folded()
	}
	g, err := s.Group(row.Conv)
	equal(t, "group", value(t, g, err), row.Group)
	equal(t, "members", len(membersOf(t, s, 700)), members)
	if shared, ok := s.(store.Shared); ok {
		testGroundOfBig(t, shared, row)
	}
	row.Dissolved, row.Members = true, 0
	commit(t, s, &store.Commit{
		Groups:  []store.GroupRow{row},
		Members: []store.MemberRow{memberRow(1, 9, msgdef.RoleNone)},
		Talks:   []store.TalkRow{{UID: 9, Conv: row.Conv, Gone: true}},
	})
	equal(t, "found", len(found(t, s, "crowd", 5)), 0)
	equal(t, "members left", len(membersOf(t, s, 700)), members-1)
	equal(t, "talks left", len(talksOf(t, s, 8, 5))+len(talksOf(t, s, 9, 5)), 1)
}

// testGroundOfBig asks about some in a big group: only they are told of, and nobody
// else's inbox is locked.
func testGroundOfBig(t *testing.T, s store.Shared, row store.GroupRow) {
	small := msgdef.GroupConv(2)
	commit(t, s, &store.Commit{
		Groups:  []store.GroupRow{groupRow(2, "Few", "")},
		Members: []store.MemberRow{memberRow(2, 4, msgdef.RoleOwner), memberRow(2, 5, msgdef.RoleAsking), memberRow(2, 6, msgdef.RoleBanned)},
	})
	for n := range 7 {
		_, err := s.CreateAccount(fmt.Sprint("ground ", n), "", time.UnixMilli(1))
		ok(t, err)
	}
	_, err := s.PutPushToken(store.PushToken{UID: 3, Device: 8, Provider: 1, Token: []byte("t")}, 9)
	ok(t, err)
	g := &store.Ground{
		Users: []uint64{1}, Named: []uint64{3}, Conversations: []msgdef.Conversation{row.Conv, small},
		People: []store.MemberName{{Conv: row.Conv, UID: 1}, {Conv: row.Conv, UID: 4000}, {Conv: row.Conv, UID: 9000}, {Conv: small, UID: 4}},
	}
	for range 2 {
		ok(t, s.Lock(g))
		s.Unlock()
		equal(t, "people", g.Groups[row.Conv].People, []msgdef.GroupMember{
			memberRow(1, 1, msgdef.RoleMember).GroupMember, memberRow(1, 4000, msgdef.RoleMember).GroupMember,
		})
		equal(t, "group", g.Groups[row.Conv].Group, row.Group)
		equal(t, "people of a small one", len(g.Groups[small].People), 3)
		equal(t, "heads", g.Heads, map[uint64]uint64{1: 0, 4: 0, 5: 0})
		equal(t, "push", g.Push, map[uint64][]uint64{3: {8}})
	}
}

// membersOf lists the uids of the members of group 1, in pages.
func membersOf(t *testing.T, s store.Store, limit int) (uids []uint64) {
	const id = 1
	t.Helper()
	for after := uint64(0); ; {
		page, err := s.Members(nil, msgdef.GroupConv(id), after, limit)
		for _, m := range value(t, page, err) {
			equal(t, "member", m, memberRow(id, m.UID, m.Role).GroupMember)
			uids = append(uids, m.UID)
			after = m.UID
		}
		if len(page) < limit {
			return uids
		}
	}
}

func testMembers(t *testing.T, s store.Store) {
	var c store.Commit
	for _, uid := range []uint64{9, 1, 300, math.MaxUint64, 2} {
		c.Members = append(c.Members, memberRow(1, uid, msgdef.RoleMember))
	}
	c.Members = append(c.Members, memberRow(2, 7, msgdef.RoleOwner))
	commit(t, s, &c)
	for _, limit := range []int{1, 2, 5, 100} {
		equal(t, "members", membersOf(t, s, limit), []uint64{1, 2, 9, 300, math.MaxUint64})
	}
	none, err := s.Members(nil, msgdef.GroupConv(1), math.MaxUint64, 5)
	equal(t, "after the last", len(value(t, none, err)), 0)
	none, err = s.Members(nil, msgdef.GroupConv(3), 0, 5)
	equal(t, "of no group", len(value(t, none, err)), 0)

	commit(t, s, &store.Commit{Members: []store.MemberRow{memberRow(1, 9, msgdef.RoleBanned), memberRow(1, 2, msgdef.RoleNone), memberRow(1, 77, msgdef.RoleNone)}})
	m, err := s.Member(msgdef.GroupConv(1), 9)
	equal(t, "role", value(t, m, err).Role, msgdef.RoleBanned)
	for _, uid := range []uint64{2, 77, 7} {
		_, err = s.Member(msgdef.GroupConv(1), uid)
		wantErr(t, err, store.ErrNotFound)
	}
	equal(t, "members", membersOf(t, s, 2), []uint64{1, 9, 300, math.MaxUint64})
}

// talksOf lists the conversations of a user, in pages.
func talksOf(t *testing.T, s store.Store, uid uint64, limit int) (all []msgdef.Conversation) {
	t.Helper()
	for after := (msgdef.Conversation{}); ; {
		page, err := s.Talks(nil, uid, after, limit)
		all = append(all, value(t, page, err)...)
		if len(page) < limit {
			return all
		}
		after = page[len(page)-1]
	}
}

func testTalks(t *testing.T, s store.Store) {
	group, low, high := msgdef.GroupConv(math.MaxUint64), msgdef.Pair(1, 7), msgdef.Pair(7, 9)
	commit(t, s, &store.Commit{Talks: []store.TalkRow{
		{UID: 7, Conv: high}, {UID: 7, Conv: low}, {UID: 7, Conv: group}, {UID: 7, Conv: low}, {UID: 8, Conv: group}, {UID: 6, Conv: low},
	}})
	for _, limit := range []int{1, 2, 3, 100} {
		equal(t, "talks", talksOf(t, s, 7, limit), []msgdef.Conversation{group, low, high})
	}
	commit(t, s, &store.Commit{Talks: []store.TalkRow{{UID: 7, Conv: low, Gone: true}, {UID: 5, Conv: low, Gone: true}}})
	equal(t, "talks", talksOf(t, s, 7, 5), []msgdef.Conversation{group, high})
	equal(t, "talks of another", talksOf(t, s, 6, 5), []msgdef.Conversation{low})
	equal(t, "talks of nobody", len(talksOf(t, s, 5, 5)), 0)
}

// testGroupTwice has the later of two rows in a commit count.
func testGroupTwice(t *testing.T, s store.Store) {
	conv := msgdef.GroupConv(1)
	commit(t, s, &store.Commit{
		Groups:  []store.GroupRow{groupRow(1, "First", ""), groupRow(1, "Second", "first"), groupRow(1, "Third", "second")},
		Members: []store.MemberRow{memberRow(1, 5, msgdef.RoleMember), memberRow(1, 5, msgdef.RoleNone), memberRow(1, 6, msgdef.RoleNone), memberRow(1, 6, msgdef.RoleAdmin)},
		Talks:   []store.TalkRow{{UID: 5, Conv: conv}, {UID: 5, Conv: conv, Gone: true}, {UID: 6, Conv: conv, Gone: true}, {UID: 6, Conv: conv}},
	})
	equal(t, "first", len(found(t, s, "first", 5)), 0)
	equal(t, "second", len(found(t, s, "second", 5)), 0)
	equal(t, "third", found(t, s, "third", 5), []string{"Third"})
	equal(t, "members", membersOf(t, s, 5), []uint64{6})
	equal(t, "talks", len(talksOf(t, s, 5, 5)), 0)
	equal(t, "talks", talksOf(t, s, 6, 5), []msgdef.Conversation{conv})
}

// testMessageReplaced has a message change, in its conversation and where inboxes
// point to it.
func testMessageReplaced(t *testing.T, s store.Store) {
	conv := msgdef.Pair(1, 2)
	commit(t, s, &store.Commit{
		Messages: []store.MessageRow{{Conv: conv, CSeq: 1, Bytes: []byte("before")}},
		Inbox:    []store.InboxRow{{UID: 1, USeq: 1, Conv: conv, CSeq: 1}},
	})
	commit(t, s, &store.Commit{Messages: []store.MessageRow{{Conv: conv, CSeq: 2, Bytes: []byte("event")}, {Conv: conv, CSeq: 1, Bytes: []byte("after"), Replaces: true}}})
	rows, err := s.Inbox(nil, 1, 0, 1, 5, 100)
	equal(t, "inbox", string(value(t, rows, err)[0].Bytes), "after")
	all, err := s.Range(nil, conv, 1, 2, false, 5, 100)
	equal(t, "conversation", texts(value(t, all, err)), []string{"after", "event"})
	commit(t, s, &store.Commit{Messages: []store.MessageRow{{Conv: conv, CSeq: 2, Bytes: []byte("x"), Replaces: true}, {Conv: conv, CSeq: 2, Bytes: []byte("y"), Replaces: true}}})
	m, err := s.Message(conv, 2)
	equal(t, "the later of two", string(value(t, m, err)), "y")
}

func testGroupsLast(t *testing.T, at Opener) {
	s := open(t, at)
	commit(t, s, &store.Commit{
		Groups: []store.GroupRow{groupRow(1, "Name", "")}, Members: []store.MemberRow{memberRow(1, 5, msgdef.RoleMember)},
		Talks: []store.TalkRow{{UID: 5, Conv: msgdef.GroupConv(1)}},
	})
	ok(t, s.Close())
	s = open(t, at)
	equal(t, "found", found(t, s, "na", 5), []string{"Name"})
	equal(t, "members", membersOf(t, s, 5), []uint64{5})
	equal(t, "talks", talksOf(t, s, 5, 5), []msgdef.Conversation{msgdef.GroupConv(1)})
}

func testReactions(t *testing.T, s store.Store) {
	conv := msgdef.Pair(1, 2)
	row := func(cseq, uid uint64, emoji string) store.ReactionRow {
		return store.ReactionRow{Conv: conv, CSeq: cseq, UID: uid, Emoji: emoji, Gone: emoji == ""}
	}
	want := func(cseq, uid uint64, emoji string) {
		t.Helper()
		got, err := s.Reaction(conv, cseq, uid)
		equal(t, "reaction", value(t, got, err), emoji)
	}
	want(1, 1, "")
	commit(t, s, &store.Commit{Reactions: []store.ReactionRow{row(1, 1, "👍"), row(1, 2, "a"), row(2, 1, "b"), row(1, 2, "c"), row(3, 1, "x"), row(3, 1, "")}})
	want(1, 1, "👍")
	want(1, 2, "c")
	want(2, 1, "b")
	want(3, 1, "")
	commit(t, s, &store.Commit{Reactions: []store.ReactionRow{row(1, 1, ""), row(2, 1, ""), row(2, 1, "d"), row(9, 9, "")}})
	want(1, 1, "")
	want(2, 1, "d")
}
