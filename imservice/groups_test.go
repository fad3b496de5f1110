package imservice

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// club is the group of these tests.
var club = msgdef.GroupConv(7)

// acts sends a change of the club.
func (w *world) acts(by, counter uint64, change msgdef.GroupChange) rpc.SendResult {
	w.t.Helper()
	return w.send(rpc.Send{
		Conn: by, UID: by, Device: 1, Counter: counter, Conv: club, Kind: msgdef.ContentGroup, Body: change.Append(nil),
	})[0]
}

// says sends a text to the club.
func (w *world) says(by, counter uint64, body string) rpc.SendResult {
	w.t.Helper()
	it := text(by, by, counter, body)
	it.Conv = club
	return w.send(it)[0]
}

// newCrowd is a world with a club of the first users, of which the first owns it.
// Counters below 100 are used.
func newCrowd(t testing.TB, users, members int, info msgdef.GroupInfo, change ...func(*Options)) *world {
	w := newWorld(t, users, change...)
	if info.Name == "" {
		info.Name = "Club"
	}
	r := w.acts(w.users[0], 1, msgdef.GroupChange{Act: msgdef.GroupFound, Info: info, UIDs: w.users[1:members]})
	if r.Code != msgdef.CodeOK || r.CSeq != 1 || r.USeq != 1 {
		t.Fatalf("founding: %+v", r)
	}
	return w
}

// sizes runs a test of a group that is small, and of one that is big from its
// founding or soon after.
func sizes(t *testing.T, test func(t *testing.T, size func(*Options))) {
	for name, small := range map[string]int{"small": mostInboxes, "big": 1} {
		t.Run(name, func(t *testing.T) { test(t, func(o *Options) { o.Limits.GroupInboxes = small }) })
	}
}

// TestGroupActs tells who may do what, see testGroupActs.
func TestGroupActs(t *testing.T) { sizes(t, testGroupActs) }

// testGroupActs tells who may do what. Users 1 to 3 are owner, admin and member, 4
// asks, 5 is banned, 6 is nobody, 99 does not exist.
func testGroupActs(t *testing.T, size func(*Options)) {
	type change = msgdef.GroupChange
	const (
		ok, no, bad = msgdef.CodeOK, msgdef.CodeForbidden, msgdef.CodeBadArgument
		who         = msgdef.CodeUnknownUser
	)
	to := func(uids ...uint64) []uint64 { return uids }
	good := msgdef.GroupInfo{Name: "New"}
	for i, c := range []struct {
		by     uint64
		change change
		entry  msgdef.GroupEntry
		want   msgdef.ErrorCode
	}{
		{1, change{Act: msgdef.GroupInform, Info: good}, 1, ok},
		{2, change{Act: msgdef.GroupInform, Info: good}, 1, ok},
		{3, change{Act: msgdef.GroupInform, Info: good}, 1, no},
		{6, change{Act: msgdef.GroupInform, Info: good}, 1, no},
		{1, change{Act: msgdef.GroupInform}, 1, bad},
		{1, change{Act: msgdef.GroupInform, Info: msgdef.GroupInfo{Name: " New"}}, 1, bad},
		{1, change{Act: msgdef.GroupInform, Info: msgdef.GroupInfo{Name: "N\x00w"}}, 1, bad},
		{1, change{Act: msgdef.GroupInform, Info: msgdef.GroupInfo{Name: "New", Entry: 3}}, 1, bad},
		{2, change{Act: msgdef.GroupAdd, UIDs: to(4, 6)}, 1, ok},
		{3, change{Act: msgdef.GroupAdd, UIDs: to(6)}, 1, no},
		{3, change{Act: msgdef.GroupAdd, UIDs: to(6)}, 2, ok},
		{2, change{Act: msgdef.GroupAdd, UIDs: to(5)}, 1, no},
		{2, change{Act: msgdef.GroupAdd, UIDs: to(6, 3)}, 1, bad},
		{2, change{Act: msgdef.GroupAdd, UIDs: to(6, 6)}, 1, bad},
		{2, change{Act: msgdef.GroupAdd, UIDs: to(6, 99)}, 1, who},
		{2, change{Act: msgdef.GroupAdd}, 1, bad},
		{6, change{Act: msgdef.GroupAdd, UIDs: to(3)}, 2, no},
		{6, change{Act: msgdef.GroupAdd, UIDs: to(6)}, 2, bad},
		{6, change{Act: msgdef.GroupJoin}, 0, no},
		{6, change{Act: msgdef.GroupJoin}, 1, no},
		{6, change{Act: msgdef.GroupJoin}, 2, ok},
		{4, change{Act: msgdef.GroupJoin}, 2, ok},
		{5, change{Act: msgdef.GroupJoin}, 2, no},
		{3, change{Act: msgdef.GroupJoin}, 2, bad},
		{99, change{Act: msgdef.GroupJoin}, 2, who},
		{6, change{Act: msgdef.GroupAsk}, 0, no},
		{6, change{Act: msgdef.GroupAsk}, 1, ok},
		{6, change{Act: msgdef.GroupAsk}, 2, no},
		{4, change{Act: msgdef.GroupAsk}, 1, bad},
		{5, change{Act: msgdef.GroupAsk}, 1, no},
		{3, change{Act: msgdef.GroupLeave}, 1, ok},
		{2, change{Act: msgdef.GroupLeave}, 1, ok},
		{4, change{Act: msgdef.GroupLeave}, 1, ok},
		{1, change{Act: msgdef.GroupLeave}, 1, no},
		{6, change{Act: msgdef.GroupLeave}, 1, no},
		{5, change{Act: msgdef.GroupLeave}, 1, no},
		{1, change{Act: msgdef.GroupRemove, UIDs: to(2, 3, 4)}, 1, ok},
		{2, change{Act: msgdef.GroupRemove, UIDs: to(3)}, 1, ok},
		{2, change{Act: msgdef.GroupRemove, UIDs: to(1)}, 1, no},
		{3, change{Act: msgdef.GroupRemove, UIDs: to(4)}, 1, no},
		{2, change{Act: msgdef.GroupRemove, UIDs: to(6)}, 1, bad},
		{2, change{Act: msgdef.GroupBan, UIDs: to(3, 4, 6)}, 1, ok},
		{2, change{Act: msgdef.GroupBan, UIDs: to(5)}, 1, bad},
		{2, change{Act: msgdef.GroupBan, UIDs: to(1)}, 1, no},
		{3, change{Act: msgdef.GroupBan, UIDs: to(6)}, 1, no},
		{2, change{Act: msgdef.GroupUnban, UIDs: to(5)}, 1, ok},
		{2, change{Act: msgdef.GroupUnban, UIDs: to(6)}, 1, bad},
		{3, change{Act: msgdef.GroupUnban, UIDs: to(5)}, 1, no},
		{1, change{Act: msgdef.GroupRank, UIDs: to(3), Role: msgdef.RoleAdmin}, 1, ok},
		{1, change{Act: msgdef.GroupRank, UIDs: to(2), Role: msgdef.RoleMember}, 1, ok},
		{1, change{Act: msgdef.GroupRank, UIDs: to(2), Role: msgdef.RoleOwner}, 1, bad},
		{1, change{Act: msgdef.GroupRank, UIDs: to(6), Role: msgdef.RoleAdmin}, 1, bad},
		{2, change{Act: msgdef.GroupRank, UIDs: to(3), Role: msgdef.RoleAdmin}, 1, no},
		{1, change{Act: msgdef.GroupMute, UIDs: to(2, 3), Until: 1 << 60}, 1, ok},
		{2, change{Act: msgdef.GroupMute, UIDs: to(1), Until: 1 << 60}, 1, no},
		{2, change{Act: msgdef.GroupMute, UIDs: to(3), Until: -1}, 1, bad},
		{2, change{Act: msgdef.GroupMute, UIDs: to(4), Until: 5}, 1, bad},
		{3, change{Act: msgdef.GroupMute, UIDs: to(4), Until: 5}, 1, no},
		{1, change{Act: msgdef.GroupTransfer, UIDs: to(3)}, 1, ok},
		{1, change{Act: msgdef.GroupTransfer, UIDs: to(2, 3)}, 1, bad},
		{1, change{Act: msgdef.GroupTransfer, UIDs: to(6)}, 1, bad},
		{2, change{Act: msgdef.GroupTransfer, UIDs: to(3)}, 1, no},
		{1, change{Act: msgdef.GroupDissolve}, 1, ok},
		{2, change{Act: msgdef.GroupDissolve}, 1, no},
		{1, change{Act: msgdef.GroupFound, Info: good}, 1, msgdef.CodeGroupExists},
		{1, change{Act: 77}, 1, bad},
		{1, change{}, 1, bad},
	} {
		t.Run(fmt.Sprint(i, c.by, c.change.Act), func(t *testing.T) {
			w := newCrowd(t, 6, 3, msgdef.GroupInfo{Entry: msgdef.EntryAsk}, size)
			w.acts(1, 2, change{Act: msgdef.GroupRank, UIDs: to(2), Role: msgdef.RoleAdmin})
			w.acts(4, 2, change{Act: msgdef.GroupAsk})
			w.acts(1, 3, change{Act: msgdef.GroupBan, UIDs: to(5)})
			w.acts(1, 4, change{Act: msgdef.GroupInform, Info: msgdef.GroupInfo{Name: "Club", Entry: c.entry}})
			before := w.conv(rpc.ConvPull{UID: 1, Conv: club}).Head
			r := w.acts(c.by, 100, c.change)
			if r.Code != c.want || (r.Code == ok) != (r.CSeq == before+1) {
				t.Fatalf("%+v, want %v", r, c.want)
			}
			if again := w.acts(c.by, 100, c.change); again != r {
				t.Errorf("the same again: %+v, then %+v", r, again)
			}
		})
	}
}

// TestFounding says what no group begins with.
func TestFounding(t *testing.T) {
	w := newWorld(t, 250, func(o *Options) { o.Limits.GroupMembers = mostInboxes })
	type change = msgdef.GroupChange
	named := msgdef.GroupInfo{Name: "Club"}
	for counter, c := range []struct {
		change change
		want   msgdef.ErrorCode
	}{
		{change{Act: msgdef.GroupJoin}, msgdef.CodeUnknownConversation},
		{change{Act: msgdef.GroupFound}, msgdef.CodeBadArgument},
		{change{Act: msgdef.GroupFound, Info: named, UIDs: []uint64{2, 999}}, msgdef.CodeUnknownUser},
		{change{Act: msgdef.GroupFound, Info: named, UIDs: []uint64{1}}, msgdef.CodeBadArgument},
		{change{Act: msgdef.GroupFound, Info: named, UIDs: w.users[1:]}, msgdef.CodeGroupFull},
		{change{Act: msgdef.GroupFound, Info: named, UIDs: w.users[1:mostInboxes]}, msgdef.CodeOK},
		{change{Act: msgdef.GroupAdd, UIDs: w.users[mostInboxes:]}, msgdef.CodeGroupFull},
	} {
		if r := w.acts(1, uint64(counter)+1, c.change); r.Code != c.want {
			t.Errorf("%d: %+v, want %v", counter, r, c.want)
		}
	}
	if r := w.says(200, 1, "hello"); r.Code != msgdef.CodeOK || r.USeq != 2 {
		t.Errorf("the last one says: %+v", r)
	}
	w.restart()
	for _, uid := range w.users {
		if rows := w.inbox(uid); len(rows) != 2 && uid <= mostInboxes || len(rows) != 0 && uid > mostInboxes {
			t.Fatalf("%d has %d rows", uid, len(rows))
		}
	}
	junk := rpc.Send{Conn: 1, UID: 1, Device: 1, Counter: 50, Conv: club, Kind: msgdef.ContentGroup, Body: []byte("junk")}
	if r := w.send(junk)[0]; r.Code != msgdef.CodeBadArgument {
		t.Errorf("a body that is none: %+v", r)
	}
}

// TestWhoMayWrite lets nobody write who is no member, or muted, or not an admin of
// a quiet group.
func TestWhoMayWrite(t *testing.T) { sizes(t, testWhoMayWrite) }

func testWhoMayWrite(t *testing.T, size func(*Options)) {
	w := newCrowd(t, 4, 3, msgdef.GroupInfo{}, size)
	want := func(by, counter uint64, code msgdef.ErrorCode) {
		t.Helper()
		if r := w.says(by, counter, "x"); r.Code != code {
			t.Errorf("%d says: %+v, want %v", by, r, code)
		}
	}
	want(3, 10, msgdef.CodeOK)
	want(4, 10, msgdef.CodeForbidden)
	w.acts(1, 11, msgdef.GroupChange{Act: msgdef.GroupMute, UIDs: []uint64{3}, Until: w.clock.now().Add(time.Minute).UnixMilli()})
	want(3, 11, msgdef.CodeMuted)
	w.clock.add(2 * time.Minute)
	want(3, 12, msgdef.CodeOK)
	w.acts(1, 12, msgdef.GroupChange{Act: msgdef.GroupInform, Info: msgdef.GroupInfo{Name: "Club", Quiet: true}})
	want(3, 13, msgdef.CodeMuted)
	want(1, 13, msgdef.CodeOK)
	w.acts(2, 14, msgdef.GroupChange{Act: msgdef.GroupLeave})
	want(2, 15, msgdef.CodeForbidden)
	w.acts(1, 14, msgdef.GroupChange{Act: msgdef.GroupDissolve})
	want(1, 15, msgdef.CodeUnknownConversation)
}

// TestWhoMayRead shows history from joining on, to members only.
func TestWhoMayRead(t *testing.T) { sizes(t, testWhoMayRead) }

func testWhoMayRead(t *testing.T, size func(*Options)) {
	w := newCrowd(t, 5, 2, msgdef.GroupInfo{Entry: msgdef.EntryOpen}, size)
	w.says(1, 10, "before")
	w.acts(3, 10, msgdef.GroupChange{Act: msgdef.GroupJoin}) // 3
	w.says(1, 11, "after")
	w.acts(2, 10, msgdef.GroupChange{Act: msgdef.GroupLeave}) // 5
	w.acts(1, 12, msgdef.GroupChange{Act: msgdef.GroupBan, UIDs: []uint64{4}})
	for _, c := range []struct {
		pull rpc.ConvPull
		want string
	}{
		{rpc.ConvPull{UID: 1}, "ok [1 2 3 4 5 6]"},
		{rpc.ConvPull{UID: 3}, "ok [3 4 5 6]"},
		{rpc.ConvPull{UID: 3, Before: 4}, "ok [3]"},
		{rpc.ConvPull{UID: 3, Before: 3}, "ok []"},
		{rpc.ConvPull{UID: 3, After: 1}, "ok [3 4 5 6]"},
		{rpc.ConvPull{UID: 2}, "forbidden []"},
		{rpc.ConvPull{UID: 4}, "forbidden []"},
		{rpc.ConvPull{UID: 5}, "forbidden []"},
		{rpc.ConvPull{UID: 99}, "forbidden []"},
	} {
		c.pull.Conv = club
		page := w.conv(c.pull)
		cseqs := []uint64{}
		for _, m := range page.Messages {
			cseqs = append(cseqs, decode(t, m).CSeq)
		}
		if got := fmt.Sprint(page.Code, cseqs); got != c.want {
			t.Errorf("%+v: %s, want %s", c.pull, got, c.want)
		}
		if code := w.read(c.pull.UID, club, 1); code != page.Code {
			t.Errorf("%d marks as read: %v", c.pull.UID, code)
		}
		_, err := w.server.Members(context.Background(), &rpc.MembersQuery{UID: c.pull.UID, Conv: club})
		if rpc.CodeOf(err) != page.Code {
			t.Errorf("%d asks for members: %v", c.pull.UID, err)
		}
	}
	joined, left := 4, 5 // their own leaving is the last
	if w.options.Limits.GroupInboxes == 1 {
		joined, left = 1, 2 // nothing but what is about them
	}
	if rows := w.inbox(3); len(rows) != joined || decode(t, rows[0].Message).CSeq != 3 {
		t.Errorf("the inbox of who joined has %d rows", len(rows))
	}
	if rows := w.inbox(2); len(rows) != left {
		t.Errorf("the inbox of who left has %d rows", len(rows))
	}
}

// TestMembersPages lists members page by page, and the others to admins only.
func TestMembersPages(t *testing.T) { sizes(t, testMembersPages) }

func testMembersPages(t *testing.T, size func(*Options)) {
	w := newCrowd(t, 30, 20, msgdef.GroupInfo{Entry: msgdef.EntryAsk}, size)
	w.acts(25, 1, msgdef.GroupChange{Act: msgdef.GroupAsk})
	w.acts(1, 10, msgdef.GroupChange{Act: msgdef.GroupBan, UIDs: []uint64{2, 26}})
	w.says(1, 11, "x")
	w.read(3, club, 4)
	list := func(by uint64, limit uint16) (all []string) {
		for after, more := uint64(0), true; more; {
			page, err := w.server.Members(context.Background(), &rpc.MembersQuery{UID: by, Conv: club, After: after, Limit: limit})
			w.must(err)
			for _, m := range page.List {
				all = append(all, fmt.Sprint(m.UID, m.Role, m.Read))
				after = m.UID
			}
			if more = page.More; more && len(page.List) != int(limit) {
				t.Fatalf("a page of %d has %d and goes on", limit, len(page.List))
			}
		}
		return all
	}
	for _, limit := range []uint16{1, 2, 7, 19, 20, 100} {
		if all := list(5, limit); len(all) != 19 || all[0] != "1 owner 0" || all[1] != "3 member 4" {
			t.Errorf("pages of %d: %v", limit, all)
		}
		if all := list(1, limit); len(all) != 22 || all[1] != "2 banned 0" || all[20] != "25 asking 0" {
			t.Errorf("pages of %d for an admin: %v", limit, all)
		}
	}
}

// TestFindGroups finds listed groups by the beginning of their names of now.
func TestFindGroups(t *testing.T) {
	w := newWorld(t, 2)
	for i, name := range []string{"Go", "gopher", "Gophers", "GOPHERS", "Gardens", "gone", "hidden"} {
		change := msgdef.GroupChange{Act: msgdef.GroupFound, Info: msgdef.GroupInfo{Name: name, Listed: name != "hidden", Announcement: "secret"}}
		it := rpc.Send{Conn: 1, UID: 1, Device: 1, Counter: uint64(i) + 1, Conv: msgdef.GroupConv(uint64(i) + 1), Kind: msgdef.ContentGroup, Body: change.Append(nil)}
		w.send(it)
		if name == "gone" {
			change = msgdef.GroupChange{Act: msgdef.GroupDissolve}
			it.Counter, it.Body = 100, change.Append(nil)
			w.send(it)
		}
	}
	renamed := msgdef.GroupChange{Act: msgdef.GroupInform, Info: msgdef.GroupInfo{Name: "Golf", Listed: true}}
	w.send(rpc.Send{Conn: 1, UID: 1, Device: 1, Counter: 101, Conv: msgdef.GroupConv(5), Kind: msgdef.ContentGroup, Body: renamed.Append(nil)})
	for range 2 {
		for prefix, want := range map[string]string{
			"go": "[Go Golf gopher Gophers GOPHERS]", "GOPHER": "[gopher Gophers GOPHERS]", "ga": "[]", "gon": "[]", "h": "[]", "golf": "[Golf]",
		} {
			for _, limit := range []uint16{0, 1, 2} {
				var names []string
				search := &rpc.GroupSearch{UID: 2, Prefix: prefix, Limit: limit}
				for more := true; more; more = search.After != "" {
					found, err := w.server.FindGroups(context.Background(), search)
					w.must(err)
					for _, g := range found.List {
						names = append(names, g.Info.Name)
						if g.Info.Announcement != "" || g.Role != msgdef.RoleNone {
							t.Errorf("a stranger sees %+v", g)
						}
					}
					search.After = found.Next
				}
				if got := fmt.Sprint(names); got != want {
					t.Errorf("%q in pages of %d: %s, want %s", prefix, limit, got, want)
				}
			}
		}
		w.restart()
	}
	for _, s := range []rpc.GroupSearch{{}, {Prefix: "\xff"}, {Prefix: "a\x00"}, {Prefix: "a", After: "junk"}, {Prefix: "a", After: "x\x00zz"}} {
		if _, err := w.server.FindGroups(context.Background(), &s); rpc.CodeOf(err) != msgdef.CodeBadArgument {
			t.Errorf("%+v: %v", s, err)
		}
	}
	groups, err := w.server.Groups(context.Background(), &rpc.GroupsQuery{UID: 2, Convs: [][16]byte{msgdef.GroupConv(1), msgdef.GroupConv(7), msgdef.GroupConv(9)}})
	w.must(err)
	if len(groups.List) != 1 || groups.List[0].Info.Name != "Go" {
		t.Errorf("a stranger knows of %+v", groups.List)
	}
}

// TestTalks lists conversations with what is unread.
func TestTalks(t *testing.T) {
	w := newCrowd(t, 4, 3, msgdef.GroupInfo{})
	for i := range uint64(5) {
		w.send(text(1, 2, 10+i, "x"))
		w.says(3, 10+i, "x")
	}
	w.read(2, club, 4)                  // the founding and three
	w.read(2, msgdef.Pair(1, 2), 1)     // one of five
	w.send(text(2, 2, 10, "to myself")) // sending is reading
	want := func(limit uint16, list string) {
		t.Helper()
		var got []string
		query := &rpc.TalksQuery{UID: 2, Limit: limit}
		for more := true; more; {
			page, err := w.server.Talks(context.Background(), query)
			w.must(err)
			for _, c := range page.List {
				got = append(got, fmt.Sprint(c.Head, c.Read, c.Unread, decode(t, c.Newest).CSeq))
				query.After = c.Conv
			}
			more = page.More
		}
		if fmt.Sprint(got) != list {
			t.Errorf("pages of %d: %v, want %s", limit, got, list)
		}
	}
	for _, limit := range []uint16{1, 2, 3, 0} {
		want(limit, "[6 4 2 6 5 1 4 5 1 1 0 1]")
	}
	w.send(text(2, 1, 11, "y"))
	w.send(text(1, 2, 50, "z"))
	want(0, "[6 4 2 6 7 6 1 7 1 1 0 1]")
	w.acts(2, 50, msgdef.GroupChange{Act: msgdef.GroupLeave})
	w.restart()
	want(0, "[7 6 1 7 1 1 0 1]")
	if page, err := w.server.Talks(context.Background(), &rpc.TalksQuery{UID: 4}); err != nil || len(page.List) != 0 {
		t.Errorf("who has none has %v, %v", page, err)
	}
}

// TestManyUnread counts what no page holds.
func TestManyUnread(t *testing.T) {
	w := newWorld(t, 2)
	var items []rpc.Send
	for i := range uint64(3*unreadScan + 5) {
		items = append(items, text(1, 2, i+1, "x"))
	}
	w.send(items...)
	for _, read := range []uint64{0, 1, 200, 500, 600, 773} {
		w.read(2, msgdef.Pair(1, 2), read)
		page, err := w.server.Talks(context.Background(), &rpc.TalksQuery{UID: 2})
		w.must(err)
		if got := page.List[0].Unread; got != uint64(len(items))-read {
			t.Errorf("%d read of %d: %d unread", read, len(items), got)
		}
	}
}

// TestGroupBatches sends more at once than one commit takes.
func TestGroupBatches(t *testing.T) {
	w := newCrowd(t, 60, 50, msgdef.GroupInfo{})
	var items []rpc.Send
	for i := range uint64(400) { // far above what one commit takes
		it := text(1+i%50, 1, 100+i, fmt.Sprint(i))
		it.Conv = club
		items = append(items, it)
	}
	for i, r := range w.send(items...) {
		if r.Code != msgdef.CodeOK || r.CSeq != uint64(i)+2 {
			t.Fatalf("item %d: %+v", i, r)
		}
	}
	for _, uid := range w.users[:50] {
		rows := w.inbox(uid)
		if len(rows) != 401 {
			t.Fatalf("%d has %d rows", uid, len(rows))
		}
		for i, row := range rows {
			if m := decode(t, row.Message); m.CSeq != uint64(i)+1 || m.Count != uint64(i) {
				t.Fatalf("row %d of %d is %+v", i, uid, m)
			}
		}
	}
	told := map[uint64][]uint64{}
	for _, n := range w.notices.all() {
		told[n.UID] = append(told[n.UID], n.USeq)
	}
	for _, uid := range w.users[:50] {
		if !slices.IsSorted(told[uid]) || len(told[uid]) != 401 {
			t.Errorf("%d was told %d", uid, len(told[uid]))
		}
	}
}

// TestReadsInGroupsAreTold says who hears of a new position: the other members, and
// only when it is new.
func TestReadsInGroupsAreTold(t *testing.T) {
	w := newCrowd(t, 5, 3, msgdef.GroupInfo{Entry: msgdef.EntryAsk})
	w.acts(4, 1, msgdef.GroupChange{Act: msgdef.GroupAsk})
	pair := msgdef.Pair(1, 2)
	w.send(text(1, 2, 50, "hello"))
	for _, c := range []struct {
		read rpc.Read
		want string
	}{
		{rpc.Read{UID: 2, Conv: club, CSeq: 1}, "ok [1 3]"},
		{rpc.Read{UID: 2, Conv: club, CSeq: 1}, "ok []"},
		{rpc.Read{UID: 2, Conv: club, CSeq: 99}, "ok [1 3]"},
		{rpc.Read{UID: 4, Conv: club, CSeq: 1}, "forbidden []"},
		{rpc.Read{UID: 5, Conv: club, CSeq: 1}, "forbidden []"},
		{rpc.Read{UID: 2, Conv: pair, CSeq: 1}, "ok []"},
	} {
		results, err := w.server.Read(t.Context(), &rpc.Reads{Items: []rpc.Read{{UID: 2, Conv: club}, c.read}})
		if err != nil {
			t.Fatal(err)
		}
		told := []uint64{}
		for _, h := range results.Tell {
			if h.Item != 1 {
				t.Errorf("%+v: told of %d", c.read, h.Item)
			}
			told = append(told, h.UID)
		}
		if got := fmt.Sprint(results.Items[1].Code, told); got != c.want {
			t.Errorf("%+v: %s, want %s", c.read, got, c.want)
		}
	}
}

// TestWeightsOfASharedStore: a group that was seen is weighed as large as it is, so
// that a commit takes as many of its messages as it has room for.
func TestWeightsOfASharedStore(t *testing.T) {
	q := newGroups(nil, 8)
	conv := msgdef.GroupConv(3)
	weighs := func(want int) {
		t.Helper()
		if got := q.weight(&rpc.Send{Conv: conv}); got != want {
			t.Errorf("a message weighs %d, want %d", got, want)
		}
	}
	weighs(mostInboxes / 2)
	q.measure(&group{Group: msgdef.Group{Conv: conv}}) // there is none
	weighs(mostInboxes / 2)
	q.measure(&group{Group: msgdef.Group{Conv: conv, Founded: 1}, members: make([]uint64, 10)})
	weighs(5)
	q.measure(&group{Group: msgdef.Group{Conv: conv, Founded: 1, Big: 7}})
	weighs(1)
}
