package storetest

import (
	"reflect"
	"slices"
	"testing"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

// Tracer is an Opener whose tables can be looked at as they are.
type Tracer interface {
	Opener

	// Traces returns how many rows of each table name a user. It knows all tables that
	// there are. No store is open.
	Traces(t *testing.T, uid uint64) map[string]int

	// Stays says of tables why they have no row of a user who was erased, or why it
	// stays.
	Stays() map[string]string
}

// erased is a user whose number is found nowhere by chance.
const erased uint64 = 0x7a6b5c4d3e2f1a0b

func testErase(t *testing.T, place func(t *testing.T) Opener) {
	t.Run("deletions", func(t *testing.T) { testDeletions(t, open(t, place(t))) })
	t.Run("found by user", func(t *testing.T) { testFoundByUser(t, open(t, place(t))) })
	t.Run("late rows", func(t *testing.T) { testLateRows(t, open(t, place(t))) })
	t.Run("every table", func(t *testing.T) { testEveryTable(t, place(t)) })
	t.Run("names", func(t *testing.T) { testErasedNames(t, open(t, place(t))) })
}

// remove removes an account, and returns what is left of it then.
func remove(t *testing.T, s store.Store, uid uint64) store.Deletion {
	t.Helper()
	d := store.Deletion{UID: uid, At: 7}
	ok(t, s.PutVerdict(store.Verdict{UID: uid, Standing: store.Standing{Generation: 1, Removed: true}, Families: true, Deletion: &d}))
	return d
}

func testDeletions(t *testing.T, s store.Store) {
	_, err := s.Deletion(1)
	wantErr(t, err, store.ErrNotFound)
	ok(t, s.NoteDeletion(1, 3))
	var all []store.Deletion
	for _, uid := range []uint64{erased, 2, ^uint64(0), 300} {
		all = append(all, remove(t, s, uid))
	}
	slices.SortFunc(all, func(a, b store.Deletion) int {
		if a.UID < b.UID {
			return -1
		}
		return 1
	})
	ok(t, s.NoteDeletion(300, 2))
	ok(t, s.NoteDeletion(300, 1))
	all[1].Done = 2
	one, err := s.Deletion(300)
	equal(t, "one", value(t, one, err), all[1])
	for after := uint64(0); len(all) > 0; all = all[1:] {
		page, err := s.Deletions(nil, after, 9)
		equal(t, "all", value(t, page, err), all)
		page, err = s.Deletions(nil, after, 1)
		equal(t, "the first", value(t, page, err), all[:1])
		after = all[0].UID
	}
	page, err := s.Deletions(nil, ^uint64(0), 9)
	equal(t, "after the last", len(value(t, page, err)), 0)
	ok(t, s.DropDeletion(300))
	ok(t, s.DropDeletion(300))
	ok(t, s.NoteDeletion(300, 4))
	_, err = s.Deletion(300)
	wantErr(t, err, store.ErrNotFound)
	d, err := s.Standing(300)
	equal(t, "standing", value(t, d, err), store.Standing{Generation: 1, Removed: true})
}

// testFoundByUser finds groups and people by who is in them, in pages.
func testFoundByUser(t *testing.T, s store.Store) {
	c := new(store.Commit)
	var groups []msgdef.Conversation
	var people []uint64
	for n := range uint64(9) {
		conv := msgdef.GroupConv(n<<40 + 1)
		c.Members = append(c.Members, store.MemberRow{Conv: conv, GroupMember: msgdef.GroupMember{UID: 5, Role: msgdef.RoleMember}})
		c.Relations = append(c.Relations, relationRow(n<<40+1, 5, 1))
		if n%3 > 0 {
			role := []msgdef.GroupRole{msgdef.RoleBanned, msgdef.RoleAsking, msgdef.RoleOwner}[n%3]
			c.Members = append(c.Members, store.MemberRow{Conv: conv, GroupMember: msgdef.GroupMember{UID: erased, Role: role}})
			c.Relations = append(c.Relations, relationRow(n<<40+1, erased, 1))
			groups, people = append(groups, conv), append(people, n<<40+1)
		}
	}
	commit(t, s, c)
	for _, limit := range []int{1, 4, 99} {
		var convs []msgdef.Conversation
		for page := []msgdef.Conversation{{}}; len(page) > 0; convs = append(convs, page...) {
			var err error
			page, err = s.MemberOf(nil, erased, page[len(page)-1], limit)
			ok(t, err)
		}
		equal(t, "groups", convs, groups)
		var uids []uint64
		for page := []uint64{0}; len(page) > 0; uids = append(uids, page...) {
			var err error
			page, err = s.RelatedTo(nil, erased, page[len(page)-1], limit)
			ok(t, err)
		}
		equal(t, "people", uids, people)
	}
}

// testLateRows are of calls that were under way when the account was removed.
func testLateRows(t *testing.T, s store.Store) {
	a := account(t)(s.CreateAccount("alice", "hash", moment()))
	remove(t, s, a.UID)
	ok(t, s.SaveDevices([]store.DeviceRow{{UID: a.UID, Device: 1}, {UID: 9, Device: 1, Seen: 5}}))
	ok(t, s.KeepSignIns(nil, []store.SignInRow{{UID: a.UID, Began: 1, Gate: "g", Life: 1}, {UID: 9, Began: 1, Gate: "g", Life: 1}}))
	_, err := s.PutPushToken(store.PushToken{UID: a.UID, Device: 1, Provider: 1, Token: []byte("token")}, 9)
	wantErr(t, err, store.ErrNotFound)
	devices, err := s.DevicesOf(a.UID, 9)
	equal(t, "devices", len(value(t, devices, err)), 0)
	devices, err = s.DevicesOf(9, 9)
	equal(t, "others", len(value(t, devices, err)), 1)
	users, err := s.SignedIn(nil, 0, 9)
	equal(t, "who was online", value(t, users, err), []uint64{9})
	if shared, is := s.(store.Shared); is {
		conv := msgdef.Pair(a.UID, 9)
		commit(t, s, &store.Commit{Reads: []store.ReadRow{{UID: a.UID, Conv: conv, CSeq: 3}, {UID: 9, Conv: conv, CSeq: 4}}})
		marks, err := shared.ReadMarks(nil, conv, []uint64{a.UID, 9})
		equal(t, "reads", value(t, marks, err), []uint64{0, 4})
		g := &store.Ground{Users: []uint64{a.UID}}
		ok(t, shared.Lock(g))
		shared.Unlock()
		equal(t, "the ground", len(g.Heads), 0)
	}
}

// everyRow is a commit with a row of the user in every list that it has.
func everyRow(t *testing.T) *store.Commit {
	own, pair := msgdef.Stream(erased), msgdef.Pair(3, erased)
	of := store.TalkName{UID: erased, Conv: pair}
	c := &store.Commit{
		Messages:  []store.MessageRow{{Conv: own, CSeq: 1, Bytes: []byte("a")}, {Conv: pair, CSeq: 1, Bytes: []byte("b")}},
		Inbox:     []store.InboxRow{{UID: erased, USeq: 1, Conv: own, CSeq: 1}, {UID: erased, USeq: 2, Conv: pair, CSeq: 1}},
		Sent:      []store.SentRow{{UID: erased, Device: 1, Counter: 1, Conv: own, CSeq: 1, USeq: 1}, {UID: erased, Device: 1, Counter: 2, Conv: pair, CSeq: 1, USeq: 2}},
		Reads:     []store.ReadRow{{UID: erased, Conv: pair, CSeq: 1}},
		Outbox:    []store.OutboxRow{{ID: 1, UID: erased, Device: 1, USeq: 1}},
		Groups:    []store.GroupRow{{Group: msgdef.Group{Conv: msgdef.GroupConv(1), Founded: 1}}},
		Members:   []store.MemberRow{{Conv: msgdef.GroupConv(1), GroupMember: msgdef.GroupMember{UID: erased, Role: msgdef.RoleMember}}},
		Talks:     []store.TalkRow{{UID: erased, Conv: pair}},
		Reactions: []store.ReactionRow{{Conv: own, CSeq: 2, UID: erased, Emoji: "x"}},
		Pins:      []store.PinRow{{Conv: own, CSeq: 2}},
		Expiries:  []store.ExpiryRow{{At: 5, Conv: pair, CSeq: 1}},
		Settings:  []store.SettingRow{{TalkName: of, TalkState: msgdef.TalkState{Muted: 1}}},
		Hidden:    []store.HiddenRow{{TalkName: of, CSeq: 1}},
		Carried:   []store.CarriedRow{{ID: store.MediaID{1}, Conv: own}},
		Laters:    []store.LaterRow{{LaterName: store.LaterName{UID: erased, CSeq: 1}, At: 9, Bytes: []byte("later")}},
		Relations: []store.RelationRow{relationRow(erased, 3, 1)},
		Tallies:   []store.TallyRow{{UID: erased, Tally: store.Tally{Friends: 1}}},
		Bars:      []store.BarsRow{{Conv: msgdef.Pair(erased, erased), Bars: store.BothFriends}},
		Profiles:  []store.ProfileRow{profileRow(erased, 1, "Erased", "")},

		InboxFloors:        []store.InboxFloor{{UID: erased, USeq: 1}},
		ConversationFloors: []store.ConversationFloor{{Conv: own, CSeq: 1}},
		SentFloors:         []store.SentFloor{{Sender: store.Sender{UID: erased, Device: 1}, Counter: 1}},
	}
	lists := reflect.ValueOf(*c)
	for i := range lists.NumField() {
		if lists.Field(i).Len() == 0 {
			t.Errorf("no row of a user in Commit.%s: what becomes of it when they are erased?", lists.Type().Field(i).Name)
		}
	}
	return c
}

// testEveryTable fills all tables that there are with a user, and erases them. Whoever
// adds a table has to fill it here, or say why there is no user in it.
func testEveryTable(t *testing.T, at Opener) {
	tracer, can := at.(Tracer)
	if !can {
		t.Skip("its tables cannot be looked at")
	}
	s := open(t, at)
	fillEveryTable(t, s)
	ok(t, s.Close())
	stays := tracer.Stays()
	for table, n := range tracer.Traces(t, erased) {
		if n == 0 && stays[table] == "" {
			t.Errorf("table %s has no row of a user: fill it here, or say why", table)
		}
	}
	s = open(t, at)
	remove(t, s, erased)
	// What goes by commits, as the message service makes them.
	commit(t, s, &store.Commit{
		Members:  []store.MemberRow{{Conv: msgdef.GroupConv(1), GroupMember: msgdef.GroupMember{UID: erased}}},
		Expiries: []store.ExpiryRow{{At: 5, Conv: msgdef.Pair(3, erased), CSeq: 1, Gone: true}},
		Carried:  []store.CarriedRow{{ID: store.MediaID{1}, Conv: msgdef.Stream(erased), Gone: true, At: 1}},
	})
	ok(t, s.RemoveOutbox([]uint64{1}))
	for _, conv := range []msgdef.Conversation{msgdef.Stream(erased), msgdef.Pair(erased, erased), msgdef.Pair(3, erased)} {
		ok(t, s.EraseConversation(conv))
	}
	for more := true; more; {
		var err error
		more, err = s.Erase(erased, 1)
		ok(t, err)
	}
	ok(t, s.DropDeletion(erased))
	ok(t, s.DropEvictions([]store.Eviction{{UID: erased, Generation: 1}}))
	ok(t, s.Close())
	for table, n := range tracer.Traces(t, erased) {
		if n > 0 && stays[table] == "" {
			t.Errorf("table %s has %d rows of a user who was erased", table, n)
		}
	}
	s = open(t, at)
	others, err := s.DevicesOf(4, 9)
	equal(t, "the devices of others", len(value(t, others, err)), 1)
	entries, err := s.Inbox(nil, 4, 0, 1, 9, 99)
	equal(t, "the inbox of others", len(value(t, entries, err)), 1)
}

func fillEveryTable(t *testing.T, s store.Store) {
	t.Helper()
	ok(t, s.AddMedia(&msgdef.MediaInfo{ID: store.MediaID{1}, Type: "image/png"}))
	commit(t, s, everyRow(t))
	conv := msgdef.Pair(4, 4)
	commit(t, s, &store.Commit{
		Messages: []store.MessageRow{{Conv: conv, CSeq: 1, Bytes: []byte("c")}}, Inbox: []store.InboxRow{{UID: 4, USeq: 1, Conv: conv, CSeq: 1}},
	})
	ok(t, s.SaveDevices([]store.DeviceRow{{UID: erased, Device: 1}, {UID: 4, Device: 1}}))
	ok(t, s.KeepSignIns(nil, []store.SignInRow{{UID: erased, Began: 1, Gate: "g", Life: 1}}))
	_, err := s.PutPushToken(store.PushToken{UID: erased, Device: 1, Provider: 1, Token: []byte("token")}, 9)
	ok(t, err)
	e := store.Eviction{UID: erased, Generation: 1}
	ok(t, s.PutVerdict(store.Verdict{UID: erased, Standing: store.Standing{Generation: 1}, Eviction: e, Deletion: &store.Deletion{UID: erased}}))
	ok(t, s.PutFamily(store.Family{UID: erased, Device: 1, Tokens: []store.Token{{Expires: moment()}}}, 9, moment().Add(-1)))
}

// testErasedNames has nobody be found by the names of who was erased, whose account
// keeps its own.
func testErasedNames(t *testing.T, s store.Store) {
	a := account(t)(s.CreateAccount("alice", "hash", moment()))
	b := account(t)(s.CreateAccount("alicia", "hash", moment()))
	commit(t, s, &store.Commit{Profiles: []store.ProfileRow{profileRow(a.UID, 1, "Alina", "")}})
	equal(t, "before", foundBy(t, s, "al", 9), []uint64{a.UID, b.UID, a.UID})
	remove(t, s, a.UID)
	for range 2 {
		_, err := s.Erase(a.UID, 9)
		ok(t, err)
	}
	equal(t, "after", foundBy(t, s, "al", 9), []uint64{b.UID})
	same, err := s.AccountByName("alice")
	equal(t, "account", value(t, same, err), a)
	_, err = s.CreateAccount("alice", "x", moment())
	wantErr(t, err, store.ErrExists)
}
