package imservice

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
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

// left is how many messages a user is served of a pair.
func (w *world) left(uid, with uint64) int {
	w.t.Helper()
	return len(w.conv(rpc.ConvPull{UID: uid, Conv: msgdef.Pair(uid, with), Limit: 100}).Messages)
}

// TestPairKeepsForLess drops messages of a pair, of both, as what was said last by
// either says, never later than the service does, and none of others.
func TestPairKeepsForLess(t *testing.T) {
	for _, c := range []struct {
		service      time.Duration
		says         []uint16 // by 1 and 2 in turns
		left, others int      // messages left after 10 days, with those that say it
	}{
		{0, nil, 2, 1}, {0, []uint16{7}, 1, 1}, {0, []uint16{30}, 3, 1}, {0, []uint16{30, 7}, 2, 1}, {0, []uint16{7, 30}, 4, 1},
		{0, []uint16{7, 0}, 4, 1}, {8 * day, []uint16{30}, 1, 0}, {8 * day, []uint16{7, 0}, 2, 0}, {60 * day, []uint16{7}, 1, 1}, {-1, []uint16{7}, 1, 1},
	} {
		w := newWorld(t, 3, keeping(-1, -1, c.service))
		w.say(1, 2, 1, 1)
		w.say(2, 1, 1, 1)
		w.say(1, 3, 2, 1)
		w.clock.add(10 * day)
		head, days := uint64(2), uint16(0)
		for i, n := range c.says {
			by := uint64(1 + i%2)
			r := w.does(keeps(by, 3-by, uint64(10+i), n), 0)
			head, days = r.CSeq, n
		}
		w.sweep()
		w.restart()
		kept := head
		if len(c.says) == 0 {
			kept = 0
		}
		w.wantKept(fmt.Sprint(c), 1, 2, days, kept)
		for uid := range uint64(2) {
			if got := w.left(uid+1, 2-uid); got != c.left {
				t.Errorf("%+v: %d messages are left to %d", c, got, uid+1)
			}
		}
		if got := w.left(3, 1); got != c.others {
			t.Errorf("%+v: %d messages with another are left", c, got)
		}
		if r := w.say(2, 1, 20, 1)[0]; r.CSeq != head+1 {
			t.Errorf("%+v: the next one: %+v", c, r)
		}
		w.close()
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
	w.clock.add(4 * day)
	w.sweep()
	if got := w.left(1, 2); got != 0 {
		t.Errorf("%d messages are left", got)
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

// checkKept checks that what both of a pair have is what the newest message says.
func (w *world) checkKept(a, b uint64) {
	w.t.Helper()
	var want msgdef.TalkState
	conv := msgdef.Pair(a, b)
	for _, encoded := range w.conv(rpc.ConvPull{UID: a, Conv: conv, Limit: 200}).Messages {
		var said msgdef.Keep
		if m := decode(w.t, encoded); m.Kind == msgdef.ContentKeep {
			w.must(said.Decode(m.Body))
			want.Keep, want.Kept = said.Days, m.CSeq
		}
	}
	w.wantKept("in the end", a, b, want.Keep, want.Kept)
}

// keepsAtOnce has both of a pair say it again and again, and one set something else.
func keepsAtOnce(t *testing.T, times uint64, at func(rpc.Send) *Server) {
	var all sync.WaitGroup
	for uid := uint64(1); uid <= 2; uid++ {
		all.Go(func() {
			for i := range times {
				it := keeps(uid, 3-uid, 100+i, uint16(uid*1000+i))
				if i%3 == 2 {
					it = sets(uid, 100+i, msgdef.Pair(1, 2), msgdef.Setting{Act: msgdef.SettingPin, Place: uint32(i)})
				}
				for code := msgdef.CodeBusy; code >= msgdef.CodeBusy; {
					out := newSink()
					if err := at(it).Send(context.Background(), &rpc.Sends{Items: []rpc.Send{it}}, out); err != nil {
						t.Error(err)
						return
					}
					if code = out.wait(1)[0].Code; code != msgdef.CodeOK && code < msgdef.CodeBusy {
						t.Error(code)
					}
				}
			}
		})
	}
	all.Wait()
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
	keepsAtOnce(t, 20, func(it rpc.Send) *Server { return s.servers[it.UID%2] })
	w.checkKept(1, 2)
	for _, uid := range s.users {
		if state := w.state(uid, msgdef.Pair(1, 2)); state.Place != 17 {
			t.Errorf("%d has lost a setting: %+v", uid, state)
		}
	}
}

// TestKeepAfterPowerCuts has it, and what was dropped by it, agree with the messages
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
		w.sweep()
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
