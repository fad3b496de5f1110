package imservice

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/imservice/store/postgres/postgrestest"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// befriends is a change of a friendship by a user's first device.
func befriends(by, with, counter uint64, act msgdef.FriendAct) rpc.Send {
	return event(by, counter, msgdef.Pair(by, with), msgdef.ContentFriend, &msgdef.FriendChange{Act: act})
}

// blocks is a block by a user's first device.
func blocks(by, who, counter uint64, off bool) rpc.Send {
	return event(by, counter, msgdef.Stream(by), msgdef.ContentBlock, &msgdef.Block{UID: who, Off: off})
}

// does sends one item and wants a code.
func (w *world) does(it rpc.Send, want msgdef.ErrorCode) rpc.SendResult {
	w.t.Helper()
	r := w.send(it)[0]
	if r.Code != want {
		w.t.Errorf("%d sends %v %q to %x under %d: %v, want %v", it.UID, it.Kind, it.Body, it.Conv, it.Counter, r.Code, want)
	}
	return r
}

// relation is what the service says that a user has with another.
func (w *world) relation(uid, with uint64) msgdef.Relation {
	w.t.Helper()
	for _, r := range w.relations(uid, 0) {
		if r.UID == with {
			return r
		}
	}
	return msgdef.Relation{UID: with}
}

// relations lists those of a user, in pages of limit.
func (w *world) relations(uid uint64, limit uint16) (all []msgdef.Relation) {
	w.t.Helper()
	for q := (&rpc.RelationsQuery{UID: uid, Limit: limit}); ; {
		reply, err := w.server.Relations(context.Background(), q)
		w.must(err)
		all = append(all, reply.List...)
		if q.After = reply.Next; q.After == 0 {
			return all
		}
	}
}

// TestFriends goes all ways of the drawing at msgdef.FriendChange, and those that it
// has not.
func TestFriends(t *testing.T) {
	const ask, accept, decline, withdraw, end = msgdef.FriendAsk, msgdef.FriendAccept, msgdef.FriendDecline, msgdef.FriendWithdraw, msgdef.FriendEnd
	const none, asked, asking, friends = msgdef.RelationNone, msgdef.RelationAsked, msgdef.RelationAsking, msgdef.RelationFriends
	w := newWorld(t, 3)
	counter := uint64(0)
	for _, step := range []struct {
		by   uint64
		act  msgdef.FriendAct
		code msgdef.ErrorCode
		is   msgdef.RelationState // of 1
	}{
		{1, accept, msgdef.CodeNoRequest, none}, {1, decline, msgdef.CodeNoRequest, none}, {1, withdraw, msgdef.CodeNoRequest, none},
		{1, end, msgdef.CodeNoRequest, none}, {1, 0, msgdef.CodeNoRequest, none}, {1, 9, msgdef.CodeNoRequest, none},
		{1, ask, 0, asked},
		{1, ask, msgdef.CodeNoRequest, asked}, {1, accept, msgdef.CodeNoRequest, asked}, {1, decline, msgdef.CodeNoRequest, asked},
		{2, withdraw, msgdef.CodeNoRequest, asked}, {1, end, msgdef.CodeNoRequest, asked}, {2, end, msgdef.CodeNoRequest, asked},
		{2, accept, 0, friends},
		{2, accept, msgdef.CodeNoRequest, friends}, {1, ask, msgdef.CodeNoRequest, friends}, {1, withdraw, msgdef.CodeNoRequest, friends},
		{1, end, 0, none}, {2, end, msgdef.CodeNoRequest, none},
		{2, ask, 0, asking}, {1, ask, 0, friends}, {2, end, 0, none}, // crossing
		{1, ask, 0, asked}, {2, decline, 0, none}, {1, ask, msgdef.CodeAskedLately, none},
		{2, ask, 0, asking}, {2, withdraw, 0, none}, {2, ask, msgdef.CodeAskedLately, none}, {1, ask, msgdef.CodeOK, asked},
	} {
		counter++
		w.does(befriends(step.by, 3-step.by, counter, step.act), step.code)
		own, theirs := w.relation(1, 2), w.relation(2, 1)
		other := [...]msgdef.RelationState{none, asking, asked, friends}[step.is]
		if own.State != step.is || theirs.State != other || own.CSeq != theirs.CSeq || own.Since != theirs.Since {
			t.Fatalf("after %+v: %+v and %+v", step, own, theirs)
		}
	}
	w.checkBonds()
	w.does(befriends(2, 1, counter+1, withdraw), msgdef.CodeNoRequest)
	w.does(befriends(1, 2, counter+1, withdraw), 0)
	w.clock.add(24 * time.Hour)
	w.does(befriends(1, 2, counter+2, ask), 0)
	w.checkBonds()
}

// TestFriendAttacks has what nobody should send refused, and the same again
// answered as before.
func TestFriendAttacks(t *testing.T) {
	w := newWorld(t, 4)
	third := befriends(3, 1, 1, msgdef.FriendAccept)
	third.Conv = msgdef.Pair(1, 2)
	ask := befriends(1, 2, 1, msgdef.FriendAsk)
	first := w.does(ask, 0)
	w.does(third, msgdef.CodeForbidden)
	if again := w.does(ask, 0); again != first {
		t.Errorf("%+v, then %+v", first, again)
	}
	accept := befriends(2, 1, 1, msgdef.FriendAccept)
	w.does(accept, 0)
	w.does(befriends(1, 2, 2, msgdef.FriendEnd), 0)
	w.does(accept, 0) // a repeat is what it was, and does nothing
	if is := w.relation(1, 2); is.State != msgdef.RelationNone {
		t.Errorf("after a repeated accept: %+v", is)
	}
	greets := func(counter uint64, act msgdef.FriendAct, greeting string) rpc.Send {
		return event(1, counter, msgdef.Pair(1, 3), msgdef.ContentFriend, &msgdef.FriendChange{Act: act, Greeting: greeting})
	}
	w.does(greets(3, msgdef.FriendAsk, strings.Repeat("ä", 201)), msgdef.CodeBadArgument)
	w.does(greets(4, msgdef.FriendAsk, "\xff"), msgdef.CodeBadArgument)
	w.does(greets(5, msgdef.FriendAccept, "hello"), msgdef.CodeBadArgument)
	w.does(befriends(1, 1, 6, msgdef.FriendAsk), msgdef.CodeBadArgument)
	w.does(befriends(1, 99, 7, msgdef.FriendAsk), msgdef.CodeUnknownUser)
	garbage := befriends(1, 3, 8, msgdef.FriendAsk)
	garbage.Body = []byte{1, 2, 3}
	w.does(garbage, msgdef.CodeBadArgument)
	inGroup := befriends(1, 3, 9, msgdef.FriendAsk)
	inGroup.Conv = club
	w.does(inGroup, msgdef.CodeBadArgument)
	w.does(greets(10, msgdef.FriendAsk, strings.Repeat("ä", 200)), 0)
	if r := w.relation(3, 1); r.Greeting != strings.Repeat("ä", 200) || r.State != msgdef.RelationAsking {
		t.Errorf("asked: %+v", r)
	}
	for _, bad := range []rpc.Send{blocks(1, 0, 11, false), blocks(1, 1, 12, false)} {
		w.does(bad, msgdef.CodeBadArgument)
	}
	w.does(blocks(1, 99, 13, false), msgdef.CodeUnknownUser)
	forged := blocks(3, 4, 1, false)
	forged.Conv = msgdef.Stream(1)
	w.does(forged, msgdef.CodeForbidden)
	w.checkBonds()
}

// TestFriendPushes has requests and acceptances be pushed, and nothing else.
func TestFriendPushes(t *testing.T) {
	w := newWorld(t, 2)
	w.push(1, 8)
	w.push(2, 9)
	for i, act := range []msgdef.FriendAct{msgdef.FriendAsk, msgdef.FriendDecline, msgdef.FriendAsk, msgdef.FriendAccept, msgdef.FriendEnd} {
		by := []uint64{1, 2, 2, 1, 1}[i]
		w.does(befriends(by, 3-by, uint64(i)+1, act), 0)
	}
	var pushed []uint64
	for _, row := range w.due() {
		pushed = append(pushed, row.UID)
	}
	if !slices.Equal(pushed, []uint64{2, 1, 2}) {
		t.Errorf("pushed to %v", pushed)
	}
}

// TestBlocks has somebody who is blocked not reach who blocks them, and not learn
// of it but by that.
func TestBlocks(t *testing.T) {
	w := newCrowd(t, 4, 2, msgdef.GroupInfo{Entry: msgdef.EntryOpen})
	pair := msgdef.Pair(1, 2)
	w.does(befriends(1, 2, 10, msgdef.FriendAsk), 0)
	w.does(befriends(2, 1, 10, msgdef.FriendAccept), 0)
	told := len(w.notices.all())
	w.does(blocks(2, 1, 11, false), 0)
	for _, n := range w.notices.all()[told:] { // an end of the friendship, like any
		if m := decode(t, n.message); n.UID == 1 && (m.Conv != pair || m.Kind != msgdef.ContentFriend || m.From != 2) {
			t.Errorf("told: %+v", m)
		}
	}
	if own, theirs := w.relation(2, 1), w.relation(1, 2); own.Blocked == 0 || own.State != 0 || theirs != (msgdef.Relation{UID: 2}) {
		t.Errorf("%+v, and %+v", own, theirs)
	}
	head := w.conv(rpc.ConvPull{UID: 1, Conv: pair}).Head
	w.does(text(1, 2, 12, "x"), msgdef.CodeUnwelcome)
	w.does(befriends(1, 2, 13, msgdef.FriendAsk), msgdef.CodeUnwelcome)
	w.does(event(1, 14, pair, msgdef.ContentReaction, &msgdef.Reaction{CSeq: 1, Emoji: "x"}), msgdef.CodeBadArgument)
	w.does(befriends(2, 1, 14, msgdef.FriendAsk), msgdef.CodeNoRequest)
	add := msgdef.GroupChange{Act: msgdef.GroupAdd, UIDs: []uint64{2, 3}}
	w.acts(2, 15, msgdef.GroupChange{Act: msgdef.GroupLeave})
	if r := w.acts(1, 15, add); r.Code != msgdef.CodeUnwelcome {
		t.Errorf("invited: %+v", r)
	}
	found := rpc.Send{UID: 1, Device: 1, Counter: 16, Conv: msgdef.GroupConv(77), Kind: msgdef.ContentGroup}
	found.Body = (&msgdef.GroupChange{Act: msgdef.GroupFound, Info: msgdef.GroupInfo{Name: "Trap"}, UIDs: []uint64{2}}).Append(nil)
	w.does(found, msgdef.CodeUnwelcome)
	if at := w.conv(rpc.ConvPull{UID: 1, Conv: pair}).Head; at != head {
		t.Errorf("something was stored: %d, then %d", head, at)
	}
	w.quietly(1, pair, true)
	w.quietly(2, pair, false)
	w.restart()
	w.quietly(1, pair, true)
	w.does(text(1, 2, 17, "x"), msgdef.CodeUnwelcome)
	w.does(text(2, 1, 18, "from who blocks"), 0)
	w.does(text(3, 2, 1, "from others"), 0)
	w.acts(2, 19, msgdef.GroupChange{Act: msgdef.GroupJoin})
	if r := w.says(1, 20, "to a group of both"); r.Code != 0 {
		t.Errorf("to a group: %+v", r)
	}
	w.does(blocks(2, 1, 21, true), 0)
	w.does(text(1, 2, 22, "x"), 0)
	w.quietly(1, pair, false)
	w.does(befriends(1, 2, 23, msgdef.FriendAsk), 0)
	w.checkBonds()
}

// quietly tells whether what somebody does in a pair is kept from the other one.
func (w *world) quietly(by uint64, conv msgdef.Conversation, want bool) {
	w.t.Helper()
	typing, err := w.server.Typing(context.Background(), &rpc.Typings{Items: []rpc.Typing{{UID: by, Conv: msgdef.Pair(by, by)}, {UID: by, Conv: conv}}})
	w.must(err)
	read, err := w.server.Read(context.Background(), &rpc.Reads{Items: []rpc.Read{{UID: by, Conv: conv, CSeq: 1}}})
	w.must(err)
	peer, _ := msgdef.Peer(conv, by)
	blocked, err := w.server.blocked(by, peer)
	w.must(err)
	if slices.Equal(typing.Quiet, []uint32{1}) != want || slices.Equal(read.Quiet, []uint32{0}) != want || blocked != want {
		w.t.Errorf("%d: typing %v, read %v, blocked %v, want %v", by, typing.Quiet, read.Quiet, blocked, want)
	}
}

// TestBlockEndsRequests has a request end as if it had been declined, or withdrawn.
func TestBlockEndsRequests(t *testing.T) {
	w := newWorld(t, 3)
	w.does(befriends(1, 2, 1, msgdef.FriendAsk), 0)
	w.does(blocks(2, 1, 1, false), 0)
	w.does(befriends(2, 3, 2, msgdef.FriendAsk), 0)
	w.does(blocks(2, 3, 3, false), 0)
	w.does(blocks(2, 3, 4, false), 0) // again, for good measure
	for _, with := range []uint64{1, 3} {
		page := w.conv(rpc.ConvPull{UID: with, Conv: msgdef.Pair(2, with)})
		var last msgdef.FriendChange
		w.must(last.Decode(decode(t, page.Messages[len(page.Messages)-1]).Body))
		if want := map[uint64]msgdef.FriendAct{1: msgdef.FriendDecline, 3: msgdef.FriendWithdraw}[with]; last.Act != want || len(page.Messages) != 2 {
			t.Errorf("%d is told %+v of %d, want %v", with, last, len(page.Messages), want)
		}
	}
	w.does(blocks(2, 1, 5, true), 0)
	w.does(befriends(1, 2, 2, msgdef.FriendAsk), msgdef.CodeAskedLately)
	w.checkBonds()
}

// TestBlockOfOneBatch has what is in a batch with a block know of it, and a pair
// without messages be blocked too.
func TestBlockOfOneBatch(t *testing.T) {
	w := newWorld(t, 2)
	results := w.send(blocks(2, 1, 1, false), text(1, 2, 1, "x"), blocks(2, 1, 2, true), text(1, 2, 2, "y"), blocks(2, 1, 3, false), text(1, 2, 3, "z"))
	for i, want := range []msgdef.ErrorCode{0, msgdef.CodeUnwelcome, 0, 0, 0, msgdef.CodeUnwelcome} {
		if results[i].Code != want {
			t.Errorf("item %d: %v, want %v", i, results[i].Code, want)
		}
	}
	w.checkBonds()
}

// TestRelationLimits has nobody have more than they may, whoever it is who would
// give it to them.
func TestRelationLimits(t *testing.T) {
	w := newWorld(t, 6, func(o *Options) {
		o.Limits.Friends, o.Limits.FriendsAsked, o.Limits.FriendsAsking, o.Limits.Blocks = 2, 2, 3, 2
	})
	const many = msgdef.CodeManyRelations
	w.does(befriends(1, 2, 1, msgdef.FriendAsk), 0)
	w.does(befriends(1, 3, 2, msgdef.FriendAsk), 0)
	w.does(befriends(1, 4, 3, msgdef.FriendAsk), many)
	for uid := uint64(2); uid <= 4; uid++ {
		w.does(befriends(uid, 6, 10, msgdef.FriendAsk), 0)
	}
	w.does(befriends(5, 6, 10, msgdef.FriendAsk), many)
	w.does(befriends(6, 2, 1, msgdef.FriendAccept), 0)
	w.does(befriends(6, 3, 2, msgdef.FriendAsk), 0)
	w.does(befriends(6, 4, 3, msgdef.FriendAccept), many)
	w.does(befriends(6, 3, 4, msgdef.FriendEnd), 0)
	w.does(befriends(6, 4, 5, msgdef.FriendAccept), 0)
	w.does(blocks(5, 1, 1, false), 0)
	w.does(blocks(5, 2, 2, false), 0)
	w.does(blocks(5, 3, 3, false), many)
	w.does(blocks(5, 1, 4, true), 0)
	w.does(blocks(5, 3, 5, false), 0)
	if all, pages := w.relations(6, 0), w.relations(6, 1); len(all) != 2 || !slices.Equal(all, pages) {
		t.Errorf("%+v, and in pages %+v", all, pages)
	}
	w.checkBonds()
}

// TestFriendsOnly has strangers write nothing but requests.
func TestFriendsOnly(t *testing.T) {
	w := newWorld(t, 3, func(o *Options) { o.FriendsOnly = true })
	w.does(text(1, 2, 1, "x"), msgdef.CodeUnwelcome)
	w.does(text(1, 1, 2, "to oneself"), 0)
	w.does(befriends(1, 2, 3, msgdef.FriendAsk), 0)
	w.does(text(1, 2, 4, "x"), msgdef.CodeUnwelcome)
	w.does(text(2, 1, 1, "x"), msgdef.CodeUnwelcome)
	results := w.send(befriends(2, 1, 2, msgdef.FriendAccept), text(1, 2, 5, "x"), befriends(2, 1, 3, msgdef.FriendEnd), text(1, 2, 6, "y"))
	for i, want := range []msgdef.ErrorCode{0, 0, 0, msgdef.CodeUnwelcome} {
		if results[i].Code != want {
			t.Errorf("item %d: %v, want %v", i, results[i].Code, want)
		}
	}
	w.restart()
	w.does(text(2, 1, 4, "x"), msgdef.CodeUnwelcome)
	w.does(event(1, 7, msgdef.Pair(1, 2), msgdef.ContentEdit, edited(3, "y")), msgdef.CodeUnwelcome)
	w.does(event(1, 8, msgdef.Pair(1, 2), msgdef.ContentRecall, &msgdef.Recall{CSeq: 3}), 0)
	w.checkBonds()
}

// checkBonds checks that what is kept of all users is what their messages say.
func (w *world) checkBonds() {
	w.t.Helper()
	for _, uid := range w.users {
		var tally store.Tally
		for _, with := range w.users {
			if uid == with {
				continue
			}
			list, err := w.store.Relations(nil, []store.RelationName{{UID: uid, Peer: with}, {UID: with, Peer: uid}})
			w.must(err)
			add(&tally, &list[0], 1)
			bars, err := w.store.Bars(nil, []msgdef.Conversation{msgdef.Pair(uid, with)})
			w.must(err)
			if want := barsOf(&list[0], &list[1]); bars[0] != want {
				w.t.Errorf("bars of %d and %d: %b, want %b", uid, with, bars[0], want)
			}
			state, blocked := w.replayed(uid, with)
			if list[0].State != state || (list[0].Blocked != 0) != blocked {
				w.t.Errorf("%d has %+v with %d, messages say %v, %v", uid, list[0], with, state, blocked)
			}
		}
		if found, err := w.store.Tally(uid); err != nil || found != tally {
			w.t.Errorf("tally of %d: %+v, want %+v, %v", uid, found, tally, err)
		}
	}
}

// replayed is what the messages of a pair, and of a user's stream, make of what the
// user has with the other.
func (w *world) replayed(uid, with uint64) (state msgdef.RelationState, blocked bool) {
	w.t.Helper()
	for _, m := range w.whole(uid, msgdef.Pair(uid, with)) {
		var c msgdef.FriendChange
		if m.Kind != msgdef.ContentFriend {
			continue
		}
		w.must(c.Decode(m.Body))
		switch {
		case c.Act == msgdef.FriendAsk && state == msgdef.RelationNone && m.From == uid:
			state = msgdef.RelationAsked
		case c.Act == msgdef.FriendAsk && state == msgdef.RelationNone:
			state = msgdef.RelationAsking
		case c.Act == msgdef.FriendAsk, c.Act == msgdef.FriendAccept:
			state = msgdef.RelationFriends
		default:
			state = msgdef.RelationNone
		}
	}
	for _, m := range w.whole(uid, msgdef.Stream(uid)) {
		var b msgdef.Block
		if m.Kind == msgdef.ContentBlock && b.Decode(m.Body) == nil && b.UID == with {
			blocked = !b.Off
		}
	}
	return state, blocked
}

// whole reads a conversation.
func (w *world) whole(uid uint64, conv msgdef.Conversation) (all []msgdef.Message) {
	w.t.Helper()
	for before := uint64(0); ; {
		page := w.conv(rpc.ConvPull{UID: uid, Conv: conv, Before: before})
		for _, encoded := range slices.Backward(page.Messages) {
			all = append(all, decode(w.t, encoded))
		}
		if n := len(all); len(page.Messages) == 0 || all[n-1].CSeq == 1 {
			slices.Reverse(all)
			return all
		}
		before = all[len(all)-1].CSeq
	}
}

// somehow is a change by chance of what users are to each other.
func somehow(random *rand.Rand, by uint64, users []uint64, counter uint64) rpc.Send {
	with := by
	for with == by {
		with = users[random.IntN(len(users))]
	}
	if n := random.IntN(8); n < 2 {
		return blocks(by, with, counter, n == 0)
	}
	return befriends(by, with, counter, msgdef.FriendAct(1+random.IntN(5)))
}

// TestBondsRace has users change what they are to each other at once.
func TestBondsRace(t *testing.T) {
	w := newWorld(t, 3, func(o *Options) { o.Limits.AskAgain = 1 })
	race(t, w.users, 60, func(rpc.Send) *Server { return w.server })
	w.checkBonds()
}

// TestBondsOfServices has them do so at two services that share a store.
func TestBondsOfServices(t *testing.T) {
	if testing.Short() {
		t.Skip("slow: a database")
	}
	s := newServices(t, postgrestest.Database(t), 3, func(o *Options) { o.Limits.AskAgain = 1 })
	race(t, s.users, 40, func(it rpc.Send) *Server { return s.servers[it.Counter%2] })
	w := &world{t: t, store: s.stores[0], server: s.servers[0], users: s.users}
	w.checkBonds()
}

// race has each user send so many changes, one after the other.
func race(t *testing.T, users []uint64, changes int, at func(rpc.Send) *Server) {
	var all sync.WaitGroup
	for _, uid := range users {
		all.Go(func() {
			random := rand.New(rand.NewPCG(uid, 7))
			for i := range changes {
				it := somehow(random, uid, users, uint64(i)+1)
				for out := newSink(); ; out = newSink() {
					if err := at(it).Send(context.Background(), &rpc.Sends{Items: []rpc.Send{it}}, out); err != nil {
						t.Error(err)
						return
					}
					if r := out.wait(1)[0]; r.Code < msgdef.CodeBusy {
						break
					}
				}
			}
		})
	}
	all.Wait()
}

// TestBondsAfterPowerCuts has what is kept agree with the messages after power cuts
// in the middle of changes.
func TestBondsAfterPowerCuts(t *testing.T) {
	fs := vfs.NewCrashableMem()
	for round := range 4 {
		w := &world{t: t, fs: fs, clock: newClock(), users: []uint64{1, 2, 3}}
		w.options = Options{Now: w.clock.now, Password: cheap, Limits: Limits{AskAgain: 1, CachedConversations: 1}}
		w.open()
		if round == 0 {
			for _, uid := range w.users {
				_, err := w.store.CreateAccount(fmt.Sprintf("u%d", uid), "", w.clock.now())
				w.must(err)
			}
		}
		w.checkBonds()
		random := rand.New(rand.NewPCG(uint64(round), 9))
		var items []rpc.Send
		for i := range 120 {
			items = append(items, somehow(random, 1+uint64(i%3), w.users, uint64(round*1000+i)+1))
		}
		for i := 0; i < len(items); i += 3 {
			w.send(items[i : i+3]...)
		}
		out := newSink()
		w.must(w.server.Send(context.Background(), &rpc.Sends{Items: []rpc.Send{somehow(random, 1, w.users, uint64(round*1000+999))}}, out))
		fs = fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 50, RNG: random})
		out.wait(1)
		w.close()
	}
	w := &world{t: t, fs: fs, clock: newClock(), users: []uint64{1, 2, 3}, options: Options{Password: cheap}}
	w.options.Now = w.clock.now
	w.open()
	w.checkBonds()
	w.close()
}
