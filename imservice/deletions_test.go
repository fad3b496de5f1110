package imservice

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/imservice/store/pebble/pebbletest"
	"github.com/sim-im/sim/imservice/store/postgres/postgrestest"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// leaver is who is deleted in these tests. So many accounts are made before that their
// number is found nowhere by chance.
const leaver = 0x151

// newLeaver starts a service where leaver has all that a user can have. Of the others
// 1 is an admin, 2 and 3 are members, of clubs that leaver owns.
func newLeaver(t *testing.T, change ...func(*Options)) *world {
	w := newWorld(t, leaver-1, append(change, openRegistration)...)
	w.fillLeaver()
	return w
}

// clubs are groups of leaver: their own, with admin 1; their own with members only; one
// of 1 where they are a member; one where they are alone; one where they ask, and one
// where they are banned.
var clubs = []msgdef.Conversation{
	msgdef.GroupConv(1001), msgdef.GroupConv(1002), msgdef.GroupConv(1003), msgdef.GroupConv(1004), msgdef.GroupConv(1005), msgdef.GroupConv(1006),
}

func (w *world) fillLeaver() {
	w.t.Helper()
	login(w.t.(*testing.T), w, "leaver", "password", 1)
	login(w.t.(*testing.T), w, "leaver", "password", 2)
	n := uint64(100)
	group := func(by uint64, at int, c msgdef.GroupChange) {
		w.t.Helper()
		n++
		w.does(event(by, n, clubs[at], msgdef.ContentGroup, &c), 0)
	}
	for at, by := range []uint64{leaver, leaver, 1, leaver, 1, 1} {
		members := [][]uint64{{2, 1, 3}, {2}, {leaver}, nil, nil, {leaver}}[at]
		group(by, at, msgdef.GroupChange{Act: msgdef.GroupFound, Info: msgdef.GroupInfo{Name: fmt.Sprint("club", at), Entry: msgdef.EntryAsk}, UIDs: members})
	}
	group(leaver, 1, msgdef.GroupChange{Act: msgdef.GroupAdd, UIDs: []uint64{1}}) // later than 2
	group(leaver, 0, msgdef.GroupChange{Act: msgdef.GroupRank, UIDs: []uint64{1}, Role: msgdef.RoleAdmin})
	group(leaver, 4, msgdef.GroupChange{Act: msgdef.GroupAsk})
	group(1, 5, msgdef.GroupChange{Act: msgdef.GroupBan, UIDs: []uint64{leaver}})
	send := func(it rpc.Send) {
		w.t.Helper()
		n++
		it.Counter = n
		w.does(it, 0)
	}
	send(befriends(leaver, 1, 0, msgdef.FriendAsk))
	send(befriends(1, leaver, 0, msgdef.FriendAccept))
	send(befriends(leaver, 2, 0, msgdef.FriendAsk))
	send(befriends(3, leaver, 0, msgdef.FriendAsk))
	send(blocks(leaver, 4, 0, false))
	send(blocks(5, leaver, 0, false))
	for _, to := range []uint64{1, 2, 3, leaver} {
		send(text(leaver, to, 0, "from leaver"))
	}
	send(text(1, leaver, 0, "to leaver"))
	id := store.MediaID{9}
	w.must(w.server.AddMedia(context.Background(), &msgdef.MediaInfo{ID: id, Owner: leaver, Type: "image/png"}))
	send(shows(leaver, 0, msgdef.Profile{Name: "Leaver", Avatar: id}))
	send(w.delays(leaver, 0, msgdef.Pair(leaver, 1), time.Hour, "late"))
	send(event(leaver, 0, msgdef.Stream(leaver), msgdef.ContentSetting, &msgdef.Setting{Act: msgdef.SettingPin, Conv: msgdef.Pair(1, leaver), Place: 1}))
	send(event(leaver, 0, msgdef.Stream(leaver), msgdef.ContentSetting, &msgdef.Setting{Act: msgdef.SettingDelete, Conv: msgdef.Pair(1, leaver), CSeqs: []uint64{1}}))
	for _, uid := range []uint64{1, leaver} {
		w.read(uid, msgdef.Pair(1, leaver), 2)
	}
	w.push(leaver, 1)
	send(text(1, leaver, 0, "pushed"))
	w.must(w.server.SaveCursors(context.Background(), &rpc.Cursors{Items: []rpc.Cursor{{UID: leaver, Device: 1, USeq: 3}}}))
	w.tell(1, w.began(leaver, 7, 1))
}

// cleaned waits until nothing is left to do about leaver.
func (w *world) cleaned(uid uint64) {
	w.t.Helper()
	within := time.Now().Add(time.Minute)
	for {
		_, err := w.store.Deletion(uid)
		if errors.Is(err, store.ErrNotFound) {
			return
		}
		w.must(err)
		if time.Now().After(within) {
			w.t.Fatalf("user %d is not cleaned up", uid)
		}
		w.clock.add(deleteAdopt)
		w.server.deletions.look()
		time.Sleep(5 * time.Millisecond)
	}
}

// traces returns how many rows of each table name a user. The service starts anew.
func (w *world) traces(uid uint64) map[string]int {
	w.t.Helper()
	w.close()
	defer w.open()
	if w.url != "" {
		found := postgrestest.Traces(w.t, w.url, uid)
		maps.DeleteFunc(found, func(_ string, n int) bool { return n == 0 })
		return found
	}
	found := pebbletest.Traces(w.t, w.fs, "data", uid)
	maps.DeleteFunc(found, func(_ string, n int) bool { return n == 0 })
	return found
}

// wantErased checks that nothing is left of leaver but what others have, and the name.
func (w *world) wantErased(uid uint64, pairs ...uint64) {
	w.t.Helper()
	want := []string{"m", "n", "s", "u"} // messages of pairs; name, standing, account
	inboxes := []string{"i", "c", "r", "d", "C"}
	if w.url != "" {
		want = []string{"accounts", "conversations", "messages", "standings"}
		inboxes = []string{"inbox", "talks", "reads", "sent", "user_locks", "conversation_floors"}
	}
	found := w.traces(uid)
	for table := range found {
		// Others have pairs with the user in tables of their own.
		if !slices.Contains(want, table) && !slices.Contains(inboxes, table) {
			w.t.Errorf("table %q has %d rows of user %d", table, found[table], uid)
		}
	}
	s := w.store
	own := msgdef.Stream(uid)
	groups, errGroups := s.MemberOf(nil, uid, msgdef.Conversation{}, 9)
	people, errPeople := s.RelatedTo(nil, uid, 0, 9)
	of, errOf := s.RelationsOf(nil, uid, 0, 9)
	talks, errTalks := s.Talks(nil, uid, msgdef.Conversation{}, 9)
	inbox, errInbox := s.InboxHead(uid)
	entries, errEntries := s.ConversationHead(own)
	notes, errNotes := s.ConversationHead(msgdef.Pair(uid, uid))
	devices, errDevices := s.DevicesOf(uid, 9)
	laters, errLaters := s.LatersOf(nil, uid, 9)
	sent, errSent := s.SentHead(uid, 1)
	mark, errMark := s.ReadMark(uid, msgdef.Pair(1, uid))
	if err := errors.Join(errGroups, errPeople, errOf, errTalks, errInbox, errEntries, errNotes, errDevices, errLaters, errSent, errMark); err != nil {
		w.t.Fatal(err)
	}
	if n := len(groups) + len(people) + len(of) + len(talks) + len(devices) + len(laters); n > 0 || inbox+entries+notes+sent+mark > 0 {
		w.t.Errorf("left are groups %x, people %v %v, conversations %x, devices %v, laters %v; inbox %d, stream %d, notes %d, sent %d, read %d",
			groups, people, of, talks, devices, laters, inbox, entries, notes, sent, mark)
	}
}

// wantLeft checks what has become of the groups and friends of leaver.
func (w *world) wantLeft() {
	w.t.Helper()
	for at, want := range []struct {
		owner   uint64
		members uint32
	}{{1, 3}, {2, 2}, {1, 1}, {0, 0}, {1, 1}, {1, 1}} {
		g, err := w.store.Group(clubs[at])
		w.must(err)
		if want.owner == 0 && !g.Dissolved || want.owner != 0 && (g.Owner != want.owner || g.Members != want.members || g.Others != 0) {
			w.t.Errorf("club %d: %+v", at, g)
		}
	}
	for _, uid := range []uint64{1, 2, 3, 4, 5} {
		if r := w.relation(uid, leaver); r != (msgdef.Relation{UID: leaver}) {
			w.t.Errorf("of %d: %+v", uid, r)
		}
		tally, err := w.store.Tally(uid)
		w.must(err)
		bars, err := w.store.Bars(nil, []msgdef.Conversation{msgdef.Pair(uid, leaver)})
		if w.must(err); tally != (store.Tally{}) || bars[0] != 0 {
			w.t.Errorf("of %d: %+v, bars %v", uid, tally, bars)
		}
		all := w.inbox(uid)
		checkGapless(w.t.(*testing.T), all)
		ends := 0
		for _, row := range all {
			m := decode(w.t, row.Message)
			var c msgdef.FriendChange
			if m.From == leaver && m.Kind == msgdef.ContentFriend && c.Decode(m.Body) == nil && c.Act != msgdef.FriendAsk {
				ends++
			}
		}
		if told := uid <= 3; told != (ends == 1) {
			w.t.Errorf("%d was told %d times", uid, ends)
		}
	}
	if got := w.texts(1, msgdef.Pair(1, leaver)); !strings.Contains(got, "from leaver to leaver") || strings.Contains(got, "late") {
		w.t.Errorf("1 has %q of the conversation", got)
	}
}

// TestDeletion leaves nothing of an account but its name and what others have.
func TestDeletion(t *testing.T) {
	for name, size := range map[string]func(*Options){
		"small": func(*Options) {}, "big": func(o *Options) { o.Limits.GroupInboxes = 1 },
	} {
		t.Run(name, func(t *testing.T) {
			w := newLeaver(t, size)
			w.sanctioned(w.server.Remove(t.Context(), of("leaver")))
			w.cleaned(leaver)
			w.wantLeft()
			w.wantErased(leaver)
			state := w.sanctioned(w.server.Inspect(t.Context(), of("leaver")))
			if !state.Removed || state.Steps != 0 {
				t.Errorf("afterwards: %+v", state)
			}
			w.unreachable(leaver)
		})
	}
}

// unreachable checks that nothing gets to who was removed, and that whoever tries is
// told.
func (w *world) unreachable(uid uint64) {
	w.t.Helper()
	t, n := w.t.(*testing.T), uint64(9000)
	founds := func(by uint64, c msgdef.GroupChange) rpc.Send { return event(by, 0, clubs[2], msgdef.ContentGroup, &c) }
	for _, it := range []rpc.Send{
		text(1, uid, 0, "x"), text(6, uid, 0, "x"), befriends(6, uid, 0, msgdef.FriendAsk), blocks(6, uid, 0, false),
		founds(1, msgdef.GroupChange{Act: msgdef.GroupAdd, UIDs: []uint64{uid}}), text(uid, 1, 0, "x"),
		shows(uid, 0, msgdef.Profile{Name: "again"}), w.delays(uid, 0, msgdef.Pair(uid, 1), time.Hour, "x"),
	} {
		n++
		it.Counter = n
		w.does(it, msgdef.CodeUserDeleted)
	}
	n++
	join := event(uid, n, clubs[2], msgdef.ContentGroup, &msgdef.GroupChange{Act: msgdef.GroupAsk})
	w.does(join, msgdef.CodeUserDeleted)
	w.must(w.server.SaveCursors(context.Background(), &rpc.Cursors{Items: []rpc.Cursor{{UID: uid, Device: 1, USeq: 1}}}))
	w.tell(2, w.began(uid, 8, 2))
	w.read(uid, msgdef.Pair(1, uid), 1)
	if err := w.server.RegisterPush(context.Background(), &rpc.PushToken{UID: uid, Device: 1, Provider: 1, Token: []byte("x")}); rpc.CodeOf(err) != msgdef.CodeUserDeleted {
		t.Errorf("a push token: %v", err)
	}
	for _, password := range []string{"password", "", "another"} {
		wantCode(t, w, byPassword("leaver", password, 1), msgdef.CodeBadCredentials)
	}
	if _, err := w.store.CreateAccount("leaver", "x", w.clock.now()); !errors.Is(err, store.ErrExists) {
		t.Errorf("its name: %v", err)
	}
	if got := w.finds(1, "leaver"); len(got) > 0 {
		t.Errorf("found: %v", got)
	}
	if got := w.profiles(1, []uint64{7}, uid); len(got) != 1 || got[0] != (msgdef.UserProfile{UID: uid, Account: "leaver", Deleted: true}) {
		t.Errorf("shown: %+v", got)
	}
	seen, err := w.server.Whereabouts(context.Background(), &rpc.WhereaboutsQuery{Items: []rpc.Whereabout{{Asker: 1, UID: uid, Seen: true}}})
	w.must(err)
	if seen.Items[0].Code != msgdef.CodeForbidden {
		t.Errorf("whereabouts: %+v", seen.Items[0])
	}
	w.wantErased(uid)
}

// TestDeletionsOverPowerCuts cuts the power after every step of a deletion, whether it
// was noted or not, and in the middle of them, until nothing is left to do. What others
// had before stays where it was.
func TestDeletionsOverPowerCuts(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 3))
	t.Logf("seed %d", seed)
	for round := range 4 {
		w := &world{t: t, fs: vfs.NewCrashableMem(), clock: newClock()}
		w.options = Options{Now: w.clock.now, Password: cheap, Media: signer(), OpenRegistration: true, Limits: Limits{GroupInboxes: 1 + round%2*199}}
		w.open()
		t.Cleanup(w.close)
		w.createUsers(leaver - 1)
		w.fillLeaver()
		before := w.inbox(1)
		w.server.deletions.loop.stop() // the test takes the steps
		w.sanctioned(w.server.Remove(t.Context(), of("leaver")))
		for w.cutDeletion(random) {
		}
		after := w.inbox(1)
		if len(after) < len(before) || !slices.EqualFunc(before, after[:len(before)], sameEntry) {
			t.Errorf("the inbox of another was %d entries, and is %d", len(before), len(after))
		}
		w.wantLeft()
		w.wantErased(leaver)
	}
}

// cutDeletion does some of what is left and cuts the power. It tells whether something
// was left.
func (w *world) cutDeletion(random *rand.Rand) bool {
	w.t.Helper()
	row, err := w.store.Deletion(leaver)
	if errors.Is(err, store.ErrNotFound) {
		return false
	}
	w.must(err)
	var ended sync.WaitGroup
	d, steps := w.server.deletions, deletionSteps()
	if done := int(row.Done); done < len(steps) && random.IntN(3) > 0 {
		w.must(steps[done](d, context.Background(), leaver))
		if random.IntN(2) == 0 {
			w.must(w.store.NoteDeletion(leaver, uint8(done+1)))
		}
	} else {
		ended.Go(func() { _ = d.clean(context.Background(), row) })
		for range random.IntN(2000) {
			runtime.Gosched()
		}
	}
	fs := w.fs.(*vfs.MemFS).CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: random.IntN(101), RNG: random})
	ended.Wait()
	w.close()
	w.fs = fs
	w.open()
	w.server.deletions.loop.stop()
	return true
}

func sameEntry(a, b msgdef.Entry) bool { return a.USeq == b.USeq && bytes.Equal(a.Message, b.Message) }
