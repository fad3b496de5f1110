package imservice

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/imservice/store/postgres/postgrestest"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// big has clubs of more than two members be big.
func big(o *Options) { o.Limits.GroupInboxes = 2 }

// watch asks for a user whether they may have the messages of conversations.
func (w *world) watch(uid uint64, convs ...msgdef.Conversation) (replies []rpc.WatchReply) {
	w.t.Helper()
	var batch rpc.Watches
	for _, conv := range convs {
		batch.Items = append(batch.Items, rpc.Watch{UID: uid, Conv: conv})
	}
	out, err := w.server.Watch(context.Background(), &batch)
	w.must(err)
	if out.StoreEpoch != w.store.Epoch() {
		w.t.Errorf("epoch %d", out.StoreEpoch)
	}
	return out.Items
}

// TestWatch says who may watch what.
func TestWatch(t *testing.T) {
	w := newCrowd(t, 6, 3, msgdef.GroupInfo{Entry: msgdef.EntryOpen}, big)
	small := msgdef.GroupConv(8)
	w.send(event(1, 50, small, msgdef.ContentGroup, &msgdef.GroupChange{Act: msgdef.GroupFound, Info: msgdef.GroupInfo{Name: "Two"}, UIDs: []uint64{2}}))
	w.acts(3, 50, msgdef.GroupChange{Act: msgdef.GroupLeave}) // 2
	w.says(2, 50, "x")                                        // 3
	w.acts(1, 51, msgdef.GroupChange{Act: msgdef.GroupBan, UIDs: []uint64{5}})
	for _, c := range []struct {
		uid  uint64
		conv msgdef.Conversation
		want string
	}{
		{1, club, "{ok 4 2}"}, {2, club, "{ok 4 2}"}, {3, club, "{forbidden 0 0}"}, {4, club, "{forbidden 0 0}"}, {5, club, "{forbidden 0 0}"},
		{99, club, "{forbidden 0 0}"}, {2, small, "{bad_argument 0 0}"}, {4, small, "{forbidden 0 0}"},
		{1, msgdef.GroupConv(9), "{unknown_conversation 0 0}"},
	} {
		if got := fmt.Sprint(w.watch(c.uid, c.conv)[0]); got != c.want {
			t.Errorf("%d watches %x: %s, want %s", c.uid, c.conv, got, c.want)
		}
	}
	heads, err := w.server.ConvHeads(context.Background(), &rpc.ConvHeadsQuery{Convs: [][16]byte{club, small, msgdef.GroupConv(9), msgdef.Pair(1, 2)}})
	w.must(err)
	if got := fmt.Sprint(heads.Items); got != "[{4 2} {0 0} {0 0} {0 0}]" {
		t.Errorf("heads %s", got)
	}
	if _, err := w.server.Watch(context.Background(), &rpc.Watches{Items: make([]rpc.Watch, maxWatches+1)}); rpc.CodeOf(err) != msgdef.CodeBadArgument {
		t.Errorf("too many: %v", err)
	}
}

// TestDissolvedBig writes nothing to those who were in it: they find out.
func TestDissolvedBig(t *testing.T) {
	w := newWorld(t, 8, big)
	const clubs = 9
	for n := range uint64(clubs) {
		founding := &msgdef.GroupChange{Act: msgdef.GroupFound, Info: msgdef.GroupInfo{Name: "Club", Listed: true, Entry: msgdef.EntryAsk}, UIDs: w.users[1:6]}
		w.send(event(1, n+1, msgdef.GroupConv(n+1), msgdef.ContentGroup, founding))
	}
	w.acts(7, 1, msgdef.GroupChange{Act: msgdef.GroupAsk})
	w.acts(1, 20, msgdef.GroupChange{Act: msgdef.GroupBan, UIDs: []uint64{6}}) // 3
	for n := range uint64(clubs - 1) {
		r := w.send(event(1, 30+n, msgdef.GroupConv(n+1), msgdef.ContentGroup, &msgdef.GroupChange{Act: msgdef.GroupDissolve}))[0]
		if r.Code != msgdef.CodeOK || r.USeq == 0 {
			t.Fatalf("dissolving %d: %+v", n+1, r)
		}
	}
	for range 2 {
		for _, uid := range w.users {
			w.wantDissolved(uid)
		}
		for _, limit := range []uint16{1, 3, 0} {
			page, err := w.server.Talks(context.Background(), &rpc.TalksQuery{UID: 2, Limit: limit})
			w.must(err)
			if len(page.List) != 1 || page.More || page.List[0].Conv != msgdef.GroupConv(clubs) || !page.List[0].Big {
				t.Errorf("pages of %d: %+v", limit, page)
			}
		}
		if r := w.says(2, 100, "x"); r.Code != msgdef.CodeUnknownConversation {
			t.Errorf("says: %+v", r)
		}
		w.close()
		w.open()
	}
	eventually(func() bool {
		talks, err := w.store.Talks(nil, 2, msgdef.Conversation{}, 100)
		w.must(err)
		return len(talks) == 1 // the others were dropped
	})
	if m, err := w.store.Member(club, 2); err == nil {
		t.Errorf("%+v is left", m)
	}
	if _, err := w.store.Member(club, 3); err != nil {
		t.Errorf("who has not looked: %v", err)
	}
}

// wantDissolved looks at the club as a user.
func (w *world) wantDissolved(uid uint64) {
	w.t.Helper()
	page := w.conv(rpc.ConvPull{UID: uid, Conv: club})
	_, err := w.server.Members(context.Background(), &rpc.MembersQuery{UID: uid, Conv: club})
	read, watched := w.read(uid, club, 1), w.watch(uid, club)[0]
	for _, code := range []msgdef.ErrorCode{page.Code, rpc.CodeOf(err), read, watched.Code} {
		if code != msgdef.CodeUnknownConversation || watched.Head > 0 {
			w.t.Errorf("%d: %v, %v, %v, %+v", uid, page.Code, err, read, watched)
		}
	}
	groups, err := w.server.Groups(context.Background(), &rpc.GroupsQuery{UID: uid, Convs: [][16]byte{club}})
	w.must(err)
	if g := groups.List[0]; g.Role != msgdef.RoleNone || g.Members != 0 || g.Others != 0 || !g.Dissolved || g.Gone != 4 {
		w.t.Errorf("%d sees %+v", uid, g)
	}
}

// TestDissolvedSmall tells everybody, also who asks; who is banned hears nothing.
func TestDissolvedSmall(t *testing.T) {
	w := newCrowd(t, 4, 2, msgdef.GroupInfo{Entry: msgdef.EntryAsk})
	w.acts(3, 1, msgdef.GroupChange{Act: msgdef.GroupAsk})
	w.acts(1, 2, msgdef.GroupChange{Act: msgdef.GroupBan, UIDs: []uint64{4}})
	if r := w.acts(1, 3, msgdef.GroupChange{Act: msgdef.GroupDissolve}); r.Code != msgdef.CodeOK || r.USeq != 4 {
		t.Fatalf("%+v", r)
	}
	for i, want := range []int{4, 4, 1, 0} {
		if rows := w.inbox(w.users[i]); len(rows) != want {
			t.Errorf("%d has %d rows, want %d", w.users[i], len(rows), want)
		}
	}
}

// TestOthersInBig counts who asks and who is banned, for admins.
func TestOthersInBig(t *testing.T) {
	w := newCrowd(t, 8, 4, msgdef.GroupInfo{Entry: msgdef.EntryAsk}, big)
	for uid := uint64(5); uid <= 7; uid++ {
		w.acts(uid, 1, msgdef.GroupChange{Act: msgdef.GroupAsk})
	}
	w.acts(1, 2, msgdef.GroupChange{Act: msgdef.GroupAdd, UIDs: []uint64{5}})
	w.acts(1, 3, msgdef.GroupChange{Act: msgdef.GroupRemove, UIDs: []uint64{6}})
	w.acts(1, 4, msgdef.GroupChange{Act: msgdef.GroupBan, UIDs: []uint64{4, 8}})
	w.restart()
	w.acts(1, 5, msgdef.GroupChange{Act: msgdef.GroupUnban, UIDs: []uint64{8}})
	for uid, want := range map[uint64]string{1: "4 2", 2: "4 0", 7: "4 0"} {
		groups, err := w.server.Groups(context.Background(), &rpc.GroupsQuery{UID: uid, Convs: [][16]byte{club}})
		w.must(err)
		if g := groups.List[0]; fmt.Sprint(g.Members, g.Others) != want {
			t.Errorf("%d sees %+v, want %s", uid, g, want)
		}
	}
	for uid, want := range map[uint64]int{2: 1, 4: 2, 5: 1, 6: 1, 7: 0, 8: 0} {
		if rows := w.inbox(uid); len(rows) != want {
			t.Errorf("%d has %d rows, want %d", uid, len(rows), want)
		}
	}
}

// TestReadsInBigAreNotTold says to nobody who of so many has read what.
func TestReadsInBigAreNotTold(t *testing.T) {
	w := newCrowd(t, 5, 5, msgdef.GroupInfo{}, big)
	results, err := w.server.Read(t.Context(), &rpc.Reads{Items: []rpc.Read{{UID: 2, Conv: club, CSeq: 1}}})
	w.must(err)
	if len(results.Tell) > 0 || results.Items[0].Code != msgdef.CodeOK {
		t.Errorf("%+v", results)
	}
	page, err := w.server.Members(t.Context(), &rpc.MembersQuery{UID: 5, Conv: club})
	w.must(err)
	if page.List[1].Read != 1 {
		t.Errorf("who asks is told %+v", page.List)
	}
}

// TestMentionsArePushed wakes those whom a message in a big group names, and nobody
// else.
func TestMentionsArePushed(t *testing.T) {
	w := newCrowd(t, 9, 6, msgdef.GroupInfo{}, big)
	for _, uid := range w.users {
		w.push(uid, 1)
	}
	say := func(by, counter uint64, mentions ...uint64) {
		it := text(by, by, counter, "hello")
		it.Conv, it.Extra = club, (&msgdef.Extra{Mentions: mentions}).Append(nil)
		if r := w.send(it)[0]; r.Code != msgdef.CodeOK {
			t.Fatalf("%+v", r)
		}
	}
	say(1, 50)                       // 2
	say(1, 51, 0)                    // all
	say(1, 52, 3, 2, 3, 1, 7, 99, 4) // 4: 7 and 99 are no members, 1 says it
	say(2, 50, 5, 6)                 // 5
	w.says(1, 53, "x")               // 6
	w.read(3, club, 4)               // 3 has seen it
	w.acts(4, 60, msgdef.GroupChange{Act: msgdef.GroupLeave})
	w.restart()
	rows := w.due()
	var got []uint64
	for _, row := range rows {
		if row.USeq != 0 {
			t.Errorf("row %+v", row)
		}
		got = append(got, row.UID)
	}
	if fmt.Sprint(got) != "[2 3 4 5 6]" {
		t.Fatalf("pushed to %v", got)
	}
	targets, err := w.server.Resolve(context.Background(), &rpc.PushRows{Items: rows})
	w.must(err)
	for i, target := range targets.Items {
		if uid := rows[i].UID; target.Obsolete != (uid == 3 || uid == 4) {
			t.Errorf("for %d: %+v", uid, target)
		} else if !target.Obsolete && (target.From == "" || decode(t, target.Message).Conv != club || string(target.Token) != fmt.Sprint(uid, "/", 1)) {
			t.Errorf("for %d: %+v", uid, target)
		}
	}
	w.confirm(rows...)
	targets, err = w.server.Resolve(context.Background(), &rpc.PushRows{Items: rows})
	w.must(err)
	if !targets.Items[0].Obsolete {
		t.Error("a row is there after it was confirmed")
	}
}

// counted is a store that counts the rows of commits.
type counted struct {
	store.Store
	commits, rows int
}

func (c *counted) Apply(commit *store.Commit) (store.Pending, error) {
	c.commits++
	c.rows += rowsOf(commit)
	return c.Store.Apply(commit)
}

// countedShared is counted, of a shared store.
type countedShared struct {
	store.Shared
	rows int
}

func (c *countedShared) Apply(commit *store.Commit) (store.Pending, error) {
	c.rows += rowsOf(commit)
	return c.Shared.Apply(commit)
}

// rowsOf counts all rows of a commit.
func rowsOf(c *store.Commit) int {
	return len(c.Messages) + len(c.Inbox) + len(c.Sent) + len(c.Reads) + len(c.Outbox) + len(c.Groups) + len(c.Members) + len(c.Talks) + len(c.Reactions)
}

// crowd is how many members the largest club of these tests has. The embedded store
// makes accounts one by one; BenchmarkGroups has 100,000 there too.
func (w *world) crowd() uint64 {
	if w.url == "" {
		return 20_000
	}
	return 100_000
}

// TestLongCrowd has a club grow to 100,000 members, 500 at a time, and says what that
// takes. A message takes two rows, however many they are.
func TestLongCrowd(t *testing.T) {
	long(t)
	if testing.Short() {
		t.Skip("slow: 100,000 members")
	}
	w := newWorld(t, 0)
	crowdOf := w.crowd()
	w.options.Limits.GroupMembers = int(crowdOf)
	w.fillAccounts(int(crowdOf) + 1)
	w.close()
	w.open()
	shared, _ := w.store.(store.Shared)
	one, several := &counted{Store: w.store}, &countedShared{Shared: shared}
	w.must(w.server.Close(context.Background()))
	if w.options.Store = store.Store(one); shared != nil {
		w.options.Store = several
	}
	w.serve()
	rows := func() int { return one.rows + several.rows }

	w.users = nil
	for uid := range crowdOf {
		w.users = append(w.users, uid+1)
	}
	began := time.Now()
	w.acts(1, 1, msgdef.GroupChange{Act: msgdef.GroupFound, Info: msgdef.GroupInfo{Name: "Crowd"}, UIDs: w.users[1:500]})
	var slowest time.Duration
	for n := 500; n < int(crowdOf); n += 500 {
		at, before := time.Now(), rows()
		if r := w.acts(1, uint64(n), msgdef.GroupChange{Act: msgdef.GroupAdd, UIDs: w.users[n : n+500]}); r.Code != msgdef.CodeOK {
			t.Fatalf("from %d on: %+v", n, r)
		}
		slowest = max(slowest, time.Since(at))
		if took := rows() - before; took != 3*500+3 { // what they are, their list, their inbox; the message, its name, the group
			t.Fatalf("from %d on: %d rows", n, took)
		}
	}
	t.Logf("%d members in %v, the slowest 500 in %v, %d rows", crowdOf, time.Since(began), slowest, rows())
	if r := w.acts(1, crowdOf, msgdef.GroupChange{Act: msgdef.GroupAdd, UIDs: []uint64{crowdOf + 1}}); r.Code != msgdef.CodeGroupFull {
		t.Errorf("one more: %+v", r)
	}
	if r := w.says(crowdOf+1, 1, "x"); r.Code != msgdef.CodeForbidden {
		t.Errorf("a stranger says: %+v", r)
	}
	w.checkCrowd(crowdOf, rows)
}

// checkCrowd has members by chance write, read, leave, and dissolve the club.
func (w *world) checkCrowd(crowdOf uint64, rows func() int) {
	t, began, before := w.t, time.Now(), rows()
	const each = 200
	for n := range uint64(each) {
		uid := 1 + n*(crowdOf/each)
		if r := w.says(uid, 1_000_000, fmt.Sprint(n)); r.Code != msgdef.CodeOK || r.USeq != 0 {
			t.Fatalf("%d says: %+v", uid, r)
		}
	}
	t.Logf("%v for each of %d messages, one after another", time.Since(began)/each, each)
	if took := rows() - before; took != 2*each {
		t.Errorf("%d rows for %d messages", took, each)
	}
	for _, uid := range []uint64{1, 2, crowdOf / 2, crowdOf} {
		page := w.conv(rpc.ConvPull{UID: uid, Conv: club, Limit: each})
		if len(page.Messages) != each || string(decode(t, page.Messages[each-1]).Body) != fmt.Sprint(each-1) {
			t.Errorf("%d reads %d messages", uid, len(page.Messages))
		}
		if inbox := w.inbox(uid); uid > 1 && len(inbox) != 1 {
			t.Errorf("%d has %d rows", uid, len(inbox))
		}
	}
	before, began = rows(), time.Now()
	w.acts(2, 2_000_000, msgdef.GroupChange{Act: msgdef.GroupLeave})
	w.acts(1, 2_000_000, msgdef.GroupChange{Act: msgdef.GroupDissolve})
	if took := rows() - before; took != 6+4 {
		t.Errorf("%d rows for leaving and dissolving", took)
	}
	t.Logf("left and dissolved in %v", time.Since(began))
	if page := w.conv(rpc.ConvPull{UID: 3, Conv: club}); page.Code != msgdef.CodeUnknownConversation {
		t.Errorf("who was in it reads: %v", page.Code)
	}
}

// fillAccounts makes accounts as fast as the store can.
func (w *world) fillAccounts(n int) {
	if w.url == "" {
		for i := range n {
			_, err := w.store.CreateAccount(fmt.Sprint("m", i+1), "", w.clock.now())
			w.must(err)
		}
		return
	}
	for _, statement := range []string{
		`INSERT INTO accounts (uid, name, password, created) SELECT s64(n), ('m' || n)::bytea, '', 1 FROM generate_series(1, %d) AS n`,
		`INSERT INTO inboxes (uid, useq) SELECT s64(n), s64(0) FROM generate_series(1, %d) AS n`,
		`UPDATE identity SET accounts = %d`,
	} {
		postgrestest.Run(w.t, w.url, fmt.Sprintf(statement, n))
	}
}
