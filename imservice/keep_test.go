package imservice

import (
	"context"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/sim-im/sim/imservice/store/postgres/postgrestest"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// keeps says for how long messages of a pair are kept.
func keeps(by, with, counter uint64, days uint16) rpc.Send {
	return event(by, counter, msgdef.Pair(by, with), msgdef.ContentKeep, &msgdef.Keep{Days: days})
}

// wantKept checks what each of a pair sees of how long their messages are kept.
func (w *world) wantKept(what string, a, b uint64, days uint16, by uint64) {
	w.t.Helper()
	for _, uid := range []uint64{a, b} {
		if s := w.state(uid, msgdef.Pair(a, b)); s.Keep != days || s.Kept != by {
			w.t.Errorf("%s, %d sees %d days as of %d, want %d of %d", what, uid, s.Keep, s.Kept, days, by)
		}
	}
}

// lives is what a message of a pair lives, in seconds, as a user reads it in history; -1
// when it is over.
func (w *world) lives(uid, with, cseq uint64) int64 {
	w.t.Helper()
	page := w.conv(rpc.ConvPull{UID: uid, Conv: msgdef.Pair(uid, with), Before: cseq + 1, Limit: 1})
	if len(page.Messages) != 1 {
		w.t.Errorf("%d messages at %d", len(page.Messages), cseq)
		return -2
	}
	m := decode(w.t, page.Messages[0])
	if m.CSeq != cseq {
		w.t.Errorf("message %d, want %d", m.CSeq, cseq)
	}
	return livesFor(w.t, m)
}

func livesFor(t testing.TB, m msgdef.Message) int64 {
	t.Helper()
	var x msgdef.Extra
	var state msgdef.MessageState
	if len(m.State) > 0 && state.Decode(m.State) == nil && state.Expired {
		return -1
	}
	if len(m.Extra) > 0 {
		if err := x.Decode(m.Extra); err != nil {
			t.Error(err)
		}
	}
	return int64(x.Lifetime)
}

// inDays is a lifetime.
func inDays(n int64) int64 { return n * daySeconds }

// TestKeepGivesLifetimes has each new message live for as long as was said last before
// it, or less if its sender says so: for both, in history and inbox, whoever sent it, now
// or later, at once and after a restart, and whatever is said since.
func TestKeepGivesLifetimes(t *testing.T) {
	w := newWorld(t, 3, keeping(-1, -1, 0))
	sends := func(it rpc.Send, want int64) {
		t.Helper()
		r := w.does(it, 0)
		changed := want
		if x := (msgdef.Extra{}); len(it.Extra) > 0 && x.Decode(it.Extra) == nil && int64(x.Lifetime) == want {
			changed = 0
		}
		if int64(r.Lifetime) != changed {
			t.Errorf("message %d: its sender is told of %d s, want %d", r.CSeq, r.Lifetime, changed)
		}
		for range 2 {
			for _, uid := range []uint64{it.UID, peerOf(it)} {
				if got := w.lives(uid, it.UID+peerOf(it)-uid, r.CSeq); got != want {
					t.Errorf("message %d lives for %d s to %d, want %d", r.CSeq, got, uid, want)
				}
			}
			if again := w.does(it, 0); again != r {
				t.Errorf("message %d again: %+v, want %+v", r.CSeq, again, r)
			}
		}
	}
	sends(text(1, 2, 1, "before"), 0)
	sends(lasting(text(2, 1, 1, "before"), 90), 90)
	w.does(keeps(1, 2, 2, 7), 0)
	sends(text(1, 2, 3, "a"), inDays(7))
	sends(text(2, 1, 2, "b"), inDays(7))
	sends(lasting(text(2, 1, 3, "shorter"), 90), 90)
	sends(lasting(text(2, 1, 4, "as long"), uint32(inDays(7))), inDays(7))
	sends(lasting(text(2, 1, 5, "longer"), uint32(inDays(8))), inDays(7))
	w.restart()
	sends(text(1, 2, 4, "after a restart"), inDays(7))
	sends(text(1, 3, 5, "to another"), 0)
	w.does(keeps(2, 1, 6, 65535), 0)
	sends(text(1, 2, 6, "the longest"), inDays(mostDays))
	answer := text(1, 2, 7, "an answer")
	answer.Extra = (&msgdef.Extra{Reply: 1, Mentions: []uint64{2}}).Append(nil)
	answer.Extra = append(answer.Extra, "what a later generation says"...)
	sends(answer, inDays(mostDays))
	w.does(keeps(2, 1, 7, 0), 0)
	sends(text(1, 2, 8, "no end"), 0)
	w.restart()
	sends(text(1, 2, 9, "no end, after a restart"), 0)
	sends(text(1, 1, 10, "a note"), 0)
	w.does(keeps(1, 1, 11, 3), 0)
	sends(text(1, 1, 12, "a note"), inDays(3))

	results := w.send(text(1, 2, 13, "1"), keeps(2, 1, 8, 2), text(1, 2, 14, "2"), keeps(1, 2, 15, 1), text(2, 1, 9, "3"), text(1, 2, 14, "2"))
	for i, want := range map[int]int64{0: 0, 2: inDays(2), 4: inDays(1), 5: inDays(2)} {
		if got := w.lives(1, 2, results[i].CSeq); got != want || int64(results[i].Lifetime) != want {
			t.Errorf("of one batch, %d: %d s, told %d, want %d", i, got, results[i].Lifetime, want)
		}
	}
	w.does(w.delays(1, 16, msgdef.Pair(1, 2), time.Hour, "later"), 0)
	w.clock.add(2 * time.Hour)
	w.dispatchAll()
	if got := w.lives(2, 1, results[4].CSeq+1); got != inDays(1) {
		t.Errorf("what was sent later lives for %d s", got)
	}
	for _, row := range w.inbox(2) {
		if m := decode(t, row.Message); m.Conv == msgdef.Pair(1, 2) && livesFor(t, m) != w.lives(1, 2, m.CSeq) {
			t.Errorf("message %d is another one in the inbox: %+v", m.CSeq, m)
		}
	}
}

// peerOf is the other one of a pair.
func peerOf(it rpc.Send) uint64 {
	peer, _ := msgdef.Peer(it.Conv, it.UID)
	return peer
}

// TestKeptMessagesEnd has messages end when what was said is over, and those from before
// and what is said to others stay, also those of a pair that says otherwise since.
func TestKeptMessagesEnd(t *testing.T) {
	w := newWorld(t, 3, keeping(-1, -1, 0))
	conv := msgdef.Pair(1, 2)
	w.say(1, 2, 1, 2)
	w.clock.add(10 * day)
	w.does(keeps(1, 2, 3, 7), 0)
	w.does(text(1, 2, 4, secret), 0)
	w.does(event(1, 5, conv, msgdef.ContentEdit, edited(4, secret+" too")), 0)
	w.does(event(2, 1, conv, msgdef.ContentReaction, &msgdef.Reaction{CSeq: 1, Emoji: "👍"}), 0)
	w.does(keeps(2, 1, 2, 0), 0)
	w.say(2, 1, 3, 1)
	w.say(1, 3, 6, 1)
	w.clock.add(7*day - time.Hour)
	w.sweep()
	w.sweepAll()
	if got := w.reveals(2, conv, secret); len(got) == 0 {
		t.Error("it is over before its time")
	}
	w.clock.add(time.Hour)
	for range 2 {
		if got := w.reveals(2, conv, secret); len(got) > 0 {
			t.Errorf("after its time it is seen in %v", got)
		}
		w.restart()
	}
	w.sweep()
	w.sweepAll()
	w.nowhere(conv, secret)
	for cseq, want := range map[uint64]int64{1: 0, 2: 0, 3: 0, 4: -1, 8: 0} {
		if got := w.lives(1, 2, cseq); got != want {
			t.Errorf("message %d lives for %d s, want %d", cseq, got, want)
		}
	}
	if page := w.conv(rpc.ConvPull{UID: 1, Conv: conv, Limit: 100}); len(page.Messages) != 8 {
		t.Errorf("%d messages are left", len(page.Messages))
	}
	if rows, err := w.store.Expiring(nil, 1<<60, 9); err != nil || len(rows) > 0 {
		t.Errorf("left are %+v, %v", rows, err)
	}
	if r := w.does(text(1, 2, 4, secret), 0); r.CSeq != 4 {
		t.Errorf("what has ended, again: %+v", r)
	}
	w.does(text(1, 2, 4, "other"), 0) // it is not known any more what it was
}

// TestServiceKeepsForLess drops messages of pairs as the service does, whatever their two
// say.
func TestServiceKeepsForLess(t *testing.T) {
	w := newWorld(t, 2, keeping(-1, -1, 8*day))
	w.say(1, 2, 1, 1)
	w.does(keeps(1, 2, 2, 30), 0)
	w.say(1, 2, 3, 1)
	w.clock.add(9 * day)
	w.say(1, 2, 4, 1)
	w.sweep()
	if page := w.conv(rpc.ConvPull{UID: 1, Conv: msgdef.Pair(1, 2), Limit: 100}); len(page.Messages) != 1 {
		t.Errorf("%d messages are left", len(page.Messages))
	}
	w.wantKept("what said it is gone", 1, 2, 30, 2)
	if got := w.lives(1, 2, 4); got != inDays(30) {
		t.Errorf("the newest lives for %d s", got)
	}
}

// TestKeptAgain has the same name with other content be a conflict, as far as what is
// stored tells: what a message was sent with is not, once it got less.
func TestKeptAgain(t *testing.T) {
	w := newWorld(t, 2)
	w.say(1, 2, 1, 1)
	w.does(keeps(1, 2, 2, 7), 0)
	w.does(text(1, 2, 3, "x"), 0)
	w.does(lasting(text(1, 2, 4, "x"), 90), 0)
	for range 2 {
		w.does(text(1, 2, 3, "y"), msgdef.CodeConflict)
		w.does(lasting(text(1, 2, 3, "x"), 90), msgdef.CodeConflict)
		w.does(lasting(text(1, 2, 4, "x"), 91), msgdef.CodeConflict)
		w.does(text(1, 2, 4, "x"), msgdef.CodeConflict)
		reply := text(1, 2, 3, "x")
		reply.Extra = (&msgdef.Extra{Reply: 1}).Append(nil)
		w.does(reply, msgdef.CodeConflict)
		w.restart()
	}
}

// TestKeepIsSeen has both learn of it in its place, without a push or anything unread,
// and new devices and exports tell it.
func TestKeepIsSeen(t *testing.T) {
	w := newWorld(t, 2, keeping(-1, -1, 0))
	w.push(2, 1)
	w.say(1, 2, 1, 2)
	w.read(2, msgdef.Pair(1, 2), 2)
	before := len(w.due())
	w.does(keeps(1, 2, 3, 30), 0)
	if rows := w.due(); len(rows) > before {
		t.Errorf("%d pushes", len(rows)-before)
	}
	for _, uid := range []uint64{1, 2} {
		list := w.inbox(uid)
		m := decode(t, list[len(list)-1].Message)
		var said msgdef.Keep
		if m.Kind != msgdef.ContentKeep || m.From != 1 || m.CSeq != 3 || said.Decode(m.Body) != nil || said.Days != 30 {
			t.Errorf("%d has %+v", uid, m)
		}
	}
	if talk := w.talksOf(2)[msgdef.Pair(1, 2)]; talk.Unread != 0 || talk.Head != 3 {
		t.Errorf("%+v", talk)
	}
	archived := msgdef.Setting{Act: msgdef.SettingPin, Place: 4} // what is set otherwise stays, and changes nothing of it
	w.does(sets(2, 9, msgdef.Pair(1, 2), archived), 0)
	w.does(keeps(2, 1, 10, 20), 0)
	if s := w.state(2, msgdef.Pair(1, 2)); s.Place != 4 || s.Keep != 20 || s.Kept != 4 {
		t.Errorf("%+v", s)
	}
	w.wantKept("after a setting", 1, 2, 20, 4)
	w.does(text(1, 1, 11, "note"), 0)
	w.does(keeps(1, 1, 12, 5), 0)
	w.wantKept("of one's own", 1, 1, 5, 2)
	file, _ := w.exportOf(2)
	for _, want := range []string{`"keep":20}`, `"kind":"keep","content":{"event":{"keep":30}}`} {
		if !strings.Contains(string(file), want) {
			t.Errorf("the export has no %s:\n%s", want, file)
		}
	}
}

// TestKeepAttacks has who must not say it refused, and the same again answered as
// before, whatever was said since.
func TestKeepAttacks(t *testing.T) {
	w := newWorld(t, 5)
	w.does(keeps(1, 2, 1, 1), msgdef.CodeUnknownConversation) // nothing was written yet
	w.say(1, 2, 2, 1)
	third := keeps(3, 1, 1, 1)
	third.Conv = msgdef.Pair(1, 2)
	w.does(third, msgdef.CodeForbidden)
	odd := keeps(1, 2, 3, 1)
	odd.Body = []byte{1}
	w.does(odd, msgdef.CodeBadArgument)
	odd = keeps(1, 2, 3, 1)
	odd.Extra = (&msgdef.Extra{Reply: 1}).Append(nil)
	w.does(odd, msgdef.CodeBadArgument)
	odd = keeps(1, 2, 3, 1)
	odd.Conv = msgdef.Stream(1)
	w.does(odd, msgdef.CodeBadArgument)
	w.acts(1, 4, msgdef.GroupChange{Act: msgdef.GroupFound, Info: msgdef.GroupInfo{Name: "g"}, UIDs: []uint64{2}})
	odd.Conv = club
	w.does(odd, msgdef.CodeBadArgument)
	w.does(keeps(1, 99, 3, 1), msgdef.CodeUnknownConversation)
	w.wantKept("nothing was taken", 1, 2, 0, 0)

	first := w.does(keeps(1, 2, 5, 30), 0)
	w.does(keeps(2, 1, 1, 90), 0)
	if again := w.does(keeps(1, 2, 5, 30), 0); again != first {
		t.Errorf("again: %+v, want %+v", again, first)
	}
	w.does(keeps(1, 2, 5, 1), msgdef.CodeConflict)
	w.wantKept("a replay", 1, 2, 90, 3)
	w.restart()
	if again := w.does(keeps(1, 2, 5, 30), 0); again != first {
		t.Errorf("again after a restart: %+v, want %+v", again, first)
	}
	w.wantKept("a replay after a restart", 1, 2, 90, 3)

	w.does(blocks(2, 1, 2, false), 0)
	w.does(keeps(1, 2, 6, 1), msgdef.CodeUnwelcome)
	w.does(text(1, 2, 7, "x"), msgdef.CodeUnwelcome)
	w.wantKept("who is blocked", 1, 2, 90, 3)
	results := w.send(blocks(2, 1, 3, true), keeps(1, 2, 8, 2), keeps(2, 1, 4, 3), blocks(2, 1, 5, false), keeps(1, 2, 9, 4))
	for i, want := range []msgdef.ErrorCode{0, 0, 0, 0, msgdef.CodeUnwelcome} {
		if results[i].Code != want {
			t.Errorf("item %d: %v, want %v", i, results[i].Code, want)
		}
	}
	w.wantKept("of one batch", 1, 2, 3, results[2].CSeq)
	w.does(text(2, 1, 6, "x"), 0)
	if got := w.lives(1, 2, results[2].CSeq+1); got != inDays(3) {
		t.Errorf("the next one lives for %d s", got)
	}
}

// TestKeepOfStrangers has those who are no friends say nothing where strangers do not
// write, also about what was written before.
func TestKeepOfStrangers(t *testing.T) {
	w := newWorld(t, 2, func(o *Options) { o.FriendsOnly = true })
	w.send(befriends(1, 2, 1, msgdef.FriendAsk), befriends(2, 1, 1, msgdef.FriendAccept), text(1, 2, 2, "x"))
	w.does(keeps(1, 2, 3, 30), 0)
	w.does(befriends(2, 1, 2, msgdef.FriendEnd), 0)
	w.does(keeps(1, 2, 4, 1), msgdef.CodeUnwelcome)
	w.does(keeps(2, 1, 3, 1), msgdef.CodeUnwelcome)
	w.wantKept("no friends any more", 1, 2, 30, 4)
}

// checkKept checks that what both of a pair have is what the newest message says, and
// that each message lives for as long as the one says that is the last before it.
func (w *world) checkKept(a, b uint64) {
	w.t.Helper()
	var want msgdef.TalkState
	conv := msgdef.Pair(a, b)
	for _, encoded := range w.conv(rpc.ConvPull{UID: a, Conv: conv, Limit: 500}).Messages {
		var said msgdef.Keep
		m := decode(w.t, encoded)
		if m.Kind == msgdef.ContentKeep {
			w.must(said.Decode(m.Body))
			want.Keep, want.Kept = said.Days, m.CSeq
		} else if lives := livesFor(w.t, m); lives != inDays(int64(want.Keep)) && lives != -1 {
			w.t.Errorf("message %d lives for %d s, want %d days", m.CSeq, lives, want.Keep)
		}
	}
	w.wantKept("in the end", a, b, want.Keep, want.Kept)
}

// keepsAtOnce has both of a pair say it again and again, one set something else, and
// both write.
func keepsAtOnce(t *testing.T, times uint64, at func(rpc.Send) *Server) {
	var all sync.WaitGroup
	for uid := uint64(1); uid <= 2; uid++ {
		all.Go(func() {
			for i := range times {
				it := keeps(uid, 3-uid, 100+2*i, uint16(uid*1000+i))
				if i%3 == 2 {
					it = sets(uid, 100+2*i, msgdef.Pair(1, 2), msgdef.Setting{Act: msgdef.SettingPin, Place: uint32(i)})
				}
				placed(t, at(it), it)
				it = text(uid, 3-uid, 101+2*i, "x")
				placed(t, at(it), it)
			}
		})
	}
	all.Wait()
}

// placed sends an item until it is taken.
func placed(t *testing.T, s *Server, it rpc.Send) {
	for code := msgdef.CodeBusy; code >= msgdef.CodeBusy; {
		out := newSink()
		if err := s.Send(context.Background(), &rpc.Sends{Items: []rpc.Send{it}}, out); err != nil {
			t.Error(err)
			return
		}
		if code = out.wait(1)[0].Code; code != msgdef.CodeOK && code < msgdef.CodeBusy {
			t.Error(code)
		}
	}
}

// TestKeepAtOnce has what both have be what the newest message says.
func TestKeepAtOnce(t *testing.T) {
	w := newWorld(t, 2)
	w.say(1, 2, 1, 1)
	keepsAtOnce(t, 30, func(rpc.Send) *Server { return w.server })
	w.checkKept(1, 2)
}

// TestKeepAtTwoServices has them say so at two services that share a store.
func TestKeepAtTwoServices(t *testing.T) {
	if testing.Short() {
		t.Skip("slow: a database")
	}
	s := newServices(t, postgrestest.Database(t), 2)
	w := &world{t: t, store: s.stores[0], server: s.servers[0], users: s.users}
	w.say(1, 2, 1, 1)
	turn := atomic.Uint64{}
	keepsAtOnce(t, 20, func(rpc.Send) *Server { return s.servers[turn.Add(1)%2] })
	w.checkKept(1, 2)
	for _, uid := range s.users {
		if state := w.state(uid, msgdef.Pair(1, 2)); state.Place != 17 {
			t.Errorf("%d has lost a setting: %+v", uid, state)
		}
	}
}

// TestKeepAfterPowerCuts has it, and how long messages live by it, agree with the messages
// after power cuts in the middle.
func TestKeepAfterPowerCuts(t *testing.T) {
	fs := vfs.NewCrashableMem()
	clock := newClock()
	open := func() *world {
		w := &world{t: t, fs: fs, clock: clock, options: Options{Now: clock.now, Password: cheap}}
		keeping(-1, -1, 0)(&w.options)
		w.open()
		return w
	}
	w := open()
	w.createUsers(2)
	counter, acked := uint64(0), uint64(0)
	for round := range uint64(6) {
		random := rand.New(rand.NewPCG(round, 5))
		if head := w.conv(rpc.ConvPull{UID: 1, Conv: msgdef.Pair(1, 2)}).Head; head < acked {
			t.Fatalf("round %d: the conversation ends at %d, %d was acknowledged", round, head, acked)
		}
		var last rpc.SendResult
		for range 10 {
			counter++
			w.send(text(1, 2, 2*counter-1, "x"))
			last = w.send(keeps(1, 2, 2*counter, uint16(1+random.IntN(4))))[0]
			acked = max(acked, last.CSeq)
			clock.add(12 * time.Hour)
		}
		w.sweepAll()
		w.checkKept(1, 2)
		counter++
		out := newSink()
		w.must(w.server.Send(context.Background(), &rpc.Sends{Items: []rpc.Send{keeps(1, 2, 2*counter, 9)}}, out))
		fs = fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 50, RNG: random})
		out.wait(1)
		w.close()
		w = open()
		w.checkKept(1, 2)
		if s := w.state(1, msgdef.Pair(1, 2)); s.Kept < last.CSeq {
			t.Errorf("round %d: kept as of %d, %d was acknowledged", round, s.Kept, last.CSeq)
		}
	}
	w.close()
}
