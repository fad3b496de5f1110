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

// delays is a text of a user's first device that is to be sent after a time.
func (w *world) delays(by, counter uint64, conv msgdef.Conversation, after time.Duration, body string) rpc.Send {
	return event(by, counter, msgdef.Stream(by), msgdef.ContentLater, &msgdef.Later{
		At: w.clock.now().Add(after).UnixMilli(), Conv: conv, Kind: msgdef.ContentText, Body: []byte(body),
	})
}

// off takes back what waits.
func off(by, counter, cseq uint64) rpc.Send {
	return event(by, counter, msgdef.Stream(by), msgdef.ContentLaterOff, &msgdef.LaterOff{CSeq: cseq})
}

// pending lists what waits of a user.
func (w *world) pending(uid uint64) (list []string) {
	w.t.Helper()
	reply, err := w.server.Laters(context.Background(), &rpc.LatersQuery{UID: uid})
	w.must(err)
	for _, l := range reply.List {
		list = append(list, fmt.Sprintf("%d %s", l.CSeq, l.Later.Body))
	}
	return list
}

// dispatchAll has sent what is due. The service may be faster.
func (w *world) dispatchAll() {
	w.t.Helper()
	for n := 1; n > 0; {
		var err error
		n, err = w.server.laters.turn()
		w.must(err)
	}
}

// ends is what a user's stream tells of what became of a Later.
func (w *world) ends(uid, cseq uint64) (list []msgdef.LaterDone) {
	w.t.Helper()
	for _, row := range w.inbox(uid) {
		m := decode(w.t, row.Message)
		var d msgdef.LaterDone
		if m.Kind == msgdef.ContentLaterDone && d.Decode(m.Body) == nil && d.CSeq == cseq {
			list = append(list, d)
		}
	}
	return list
}

// texts are the bodies of the messages of a conversation.
func (w *world) texts(uid uint64, conv msgdef.Conversation) string {
	w.t.Helper()
	return strings.Join(bodies(w.t, w.conv(rpc.ConvPull{UID: uid, Conv: conv}).Messages), " ")
}

// TestLater follows messages from their author's stream to those they are for.
func TestLater(t *testing.T) {
	w := newCrowd(t, 3, 3, msgdef.GroupInfo{})
	w.push(2, 1)
	pair := msgdef.Pair(1, 2)
	item := w.delays(1, 10, pair, time.Hour, "secret")
	first := w.send(item, w.delays(1, 11, club, 2*time.Hour, "club"), w.delays(1, 12, pair, 3*time.Hour, "never"))
	for i, r := range first {
		if r.Code != msgdef.CodeOK || r.CSeq != uint64(i)+1 || r.USeq == 0 {
			t.Fatalf("item %d: %+v", i, r)
		}
	}
	w.restart()
	if got := fmt.Sprint(w.pending(1), w.pending(2)); got != "[1 secret 2 club 3 never] []" {
		t.Errorf("pending: %s", got)
	}
	again := item
	again.Conv, again.Kind, again.Body = pair, msgdef.ContentText, []byte("secret")
	repeats := w.send(item, again)
	if repeats[0] != first[0] || repeats[1].Code != msgdef.CodeConflict {
		t.Errorf("again, and as a usual message of the same name: %+v", repeats)
	}
	w.clock.add(59 * time.Minute)
	if w.dispatchAll(); w.texts(2, pair) != "" || len(w.inbox(2)) != 1 {
		t.Errorf("before its time: %q", w.texts(2, pair))
	}
	w.clock.add(time.Minute)
	for range 2 {
		w.dispatchAll()
		if got := w.texts(2, pair); got != "secret" {
			t.Errorf("at its time: %q", got)
		}
		if got := fmt.Sprint(w.pending(1), w.ends(1, 1)); got != fmt.Sprint([]string{"2 club", "3 never"}, []msgdef.LaterDone{{CSeq: 1, Conv: pair, Sent: 1}}) {
			t.Errorf("at its time: %s", got)
		}
		w.nowhere(msgdef.Stream(1), "secret")
		w.restart()
	}
	m := decode(t, w.inbox(2)[1].Message)
	if m.From != 1 || m.Device != 0 || m.Counter != 0 || m.At != w.clock.now().UnixMilli() || m.Count != 1 || w.talksOf(2)[pair].Unread != 1 {
		t.Errorf("sent: %+v", m)
	}
	if rows := w.due(); len(rows) != 1 {
		t.Errorf("pushed: %+v", rows)
	}
	if r := w.send(item, off(1, 13, 1), off(1, 14, 3), off(1, 15, 3), off(2, 10, 2)); r[0] != first[0] || r[1].Code != msgdef.CodeUnknownLater ||
		r[2].Code != msgdef.CodeOK || r[3].Code != msgdef.CodeUnknownLater || r[4].Code != msgdef.CodeUnknownLater {
		t.Errorf("repeated, taken back: %+v", r)
	}
	w.clock.add(5 * time.Hour)
	w.dispatchAll()
	if got := w.texts(3, club); !strings.HasSuffix(got, " club") || w.texts(2, pair) != "secret" {
		t.Errorf("after all: %q, %q", got, w.texts(2, pair))
	}
	w.nowhere(msgdef.Stream(1), "never")
	if s := w.server.Stats(); s.Repeats != 1 || s.Refused != 3 {
		t.Errorf("%+v", s)
	}
}

// TestLaterIsTold has all devices of its author hear of it, and the others of nothing
// but the message.
func TestLaterIsTold(t *testing.T) {
	w := newWorld(t, 2)
	w.send(w.delays(1, 1, msgdef.Pair(1, 2), time.Minute, "x"))
	w.clock.add(time.Hour)
	w.dispatchAll()
	var list []string
	eventually(func() bool {
		list = nil
		for _, n := range w.notices.all() {
			m := decode(t, n.message)
			list = append(list, fmt.Sprint(n.UID, " ", n.USeq, " ", uint8(m.Kind), " not ", n.Except))
		}
		return len(list) >= 4
	})
	slices.Sort(list)
	if got := strings.Join(list, ", "); got != "1 1 72 not 1, 1 2 1 not 0, 1 3 74 not 0, 2 1 1 not 0" {
		t.Errorf("told: %s", got)
	}
}

// TestLaterReplaced has a Later take the place of another, once.
func TestLaterReplaced(t *testing.T) {
	w := newWorld(t, 2)
	pair := msgdef.Pair(1, 2)
	w.send(w.delays(1, 1, pair, time.Hour, "one"))
	change := func(counter, instead uint64, body string) rpc.Send {
		return event(1, counter, msgdef.Stream(1), msgdef.ContentLater, &msgdef.Later{
			At: w.clock.now().Add(time.Minute).UnixMilli(), Conv: pair, Kind: msgdef.ContentText, Body: []byte(body), Instead: instead,
		})
	}
	r := w.send(change(2, 1, "two"), change(3, 1, "three"), change(4, 3, "four"), change(5, 2, "five"))
	var codes []msgdef.ErrorCode
	for _, r := range r {
		codes = append(codes, r.Code)
	}
	if fmt.Sprint(codes, w.pending(1)) != fmt.Sprint([]msgdef.ErrorCode{0, msgdef.CodeUnknownLater, msgdef.CodeUnknownLater, 0}, []string{"3 five"}) {
		t.Errorf("%v %v", codes, w.pending(1))
	}
	w.clock.add(2 * time.Hour)
	w.dispatchAll()
	if got := w.texts(2, pair); got != "five" {
		t.Errorf("sent: %q", got)
	}
}

// TestLaterIsAllowedThen has authors lose what they need meanwhile: they are told, and
// nobody else hears.
func TestLaterIsAllowedThen(t *testing.T) {
	w := newCrowd(t, 8, 6, msgdef.GroupInfo{})
	for uid := range uint64(6) {
		if r := w.send(w.delays(uid+1, 50, club, time.Hour, "x"))[0]; r.Code != msgdef.CodeOK {
			t.Fatalf("%d: %+v", uid+1, r)
		}
	}
	lapses := w.delays(1, 51, msgdef.Pair(1, 99), time.Hour, "to nobody")
	w.send(lapses, w.delays(7, 1, msgdef.Pair(7, 8), time.Hour, "x"), w.delays(8, 1, msgdef.Pair(7, 8), time.Hour, "x"))
	acts := func(by, counter uint64, c msgdef.GroupChange) {
		t.Helper()
		if r := w.acts(by, counter, c); r.Code != msgdef.CodeOK {
			t.Fatalf("%+v: %+v", c, r)
		}
	}
	acts(2, 60, msgdef.GroupChange{Act: msgdef.GroupLeave})
	acts(1, 60, msgdef.GroupChange{Act: msgdef.GroupRemove, UIDs: []uint64{3}})
	acts(1, 61, msgdef.GroupChange{Act: msgdef.GroupMute, UIDs: []uint64{4}, Until: w.clock.now().Add(9 * time.Hour).UnixMilli()})
	_, err := w.server.Ban(t.Context(), &rpc.Sanction{UID: 5})
	w.must(err)
	_, err = w.server.Remove(t.Context(), &rpc.Sanction{UID: 7})
	w.must(err)
	_, err = w.server.Ban(t.Context(), &rpc.Sanction{UID: 8, Until: w.clock.now().Add(time.Minute).UnixMilli()})
	w.must(err)
	before := len(w.inbox(6))
	w.clock.add(time.Hour)
	w.dispatchAll()
	for uid, want := range map[uint64]msgdef.ErrorCode{
		1: msgdef.CodeOK, 2: msgdef.CodeForbidden, 3: msgdef.CodeForbidden, 4: msgdef.CodeMuted, 5: msgdef.CodeBanned, 6: msgdef.CodeOK,
		8: msgdef.CodeUserDeleted,
	} {
		ends := w.ends(uid, 1)
		if len(ends) != 1 || ends[0].Code != want || (ends[0].Sent != 0) != (want == msgdef.CodeOK) || len(w.pending(uid)) != 0 {
			t.Errorf("of %d, %v: %+v, pending %v", uid, want, ends, w.pending(uid))
		}
	}
	if ends := w.ends(1, 2); len(ends) != 1 || ends[0].Code != msgdef.CodeUnknownUser {
		t.Errorf("to nobody: %+v", ends)
	}
	if got := len(w.inbox(6)) - before; got != 3 { // two messages, and what became of one's own
		t.Errorf("%d rows more in an inbox", got)
	}
}

// TestBadLaters tries what cannot wait, and strangers.
func TestBadLaters(t *testing.T) {
	w := newCrowd(t, 3, 2, msgdef.GroupInfo{})
	pair, at := msgdef.Pair(1, 2), w.clock.now().Add(time.Hour).UnixMilli()
	text := func(change func(l *msgdef.Later)) *msgdef.Later {
		l := &msgdef.Later{At: at, Conv: pair, Kind: msgdef.ContentText, Body: []byte("x")}
		change(l)
		return l
	}
	year := int64(365 * 24 * time.Hour / time.Millisecond)
	stranger := event(3, 1, msgdef.Stream(3), msgdef.ContentLater, text(func(l *msgdef.Later) { l.Conv = club }))
	theirs := event(3, 2, msgdef.Stream(1), msgdef.ContentLater, text(func(*msgdef.Later) {}))
	other := event(3, 3, msgdef.Stream(3), msgdef.ContentLater, text(func(*msgdef.Later) {}))
	for name, c := range map[string]struct {
		item rpc.Send
		want msgdef.ErrorCode
	}{
		"a stranger to the group": {stranger, msgdef.CodeForbidden},
		"in another's stream":     {theirs, msgdef.CodeForbidden},
		"in another's pair":       {other, msgdef.CodeBadArgument},
		"too far":                 {event(1, 9, msgdef.Stream(1), msgdef.ContentLater, text(func(l *msgdef.Later) { l.At = w.clock.now().UnixMilli() + year + 1 })), msgdef.CodeLaterTime},
		"before time began":       {event(1, 9, msgdef.Stream(1), msgdef.ContentLater, text(func(l *msgdef.Later) { l.At = -1 })), msgdef.CodeLaterTime},
		"an event":                {event(1, 9, msgdef.Stream(1), msgdef.ContentLater, text(func(l *msgdef.Later) { l.Kind = msgdef.ContentRecall })), msgdef.CodeBadArgument},
		"a Later":                 {event(1, 9, msgdef.Stream(1), msgdef.ContentLater, text(func(l *msgdef.Later) { l.Conv = msgdef.Stream(1) })), msgdef.CodeBadArgument},
		"no kind":                 {event(1, 9, msgdef.Stream(1), msgdef.ContentLater, text(func(l *msgdef.Later) { l.Kind = 0 })), msgdef.CodeBadArgument},
		"too long":                {event(1, 9, msgdef.Stream(1), msgdef.ContentLater, text(func(l *msgdef.Later) { l.Body = make([]byte, 7001) })), msgdef.CodeBadArgument},
		"no Extra":                {event(1, 9, msgdef.Stream(1), msgdef.ContentLater, text(func(l *msgdef.Later) { l.Extra = []byte{1} })), msgdef.CodeBadArgument},
		"unknown media": {event(1, 9, msgdef.Stream(1), msgdef.ContentLater, text(func(l *msgdef.Later) {
			l.Kind, l.Body = msgdef.ContentImage, (&msgdef.Media{ID: [16]byte{1}}).Append(nil)
		})), msgdef.CodeUnknownMedia},
		"in a pair":             {event(1, 9, pair, msgdef.ContentLater, text(func(*msgdef.Later) {})), msgdef.CodeBadArgument},
		"no group":              {event(1, 9, msgdef.Stream(1), msgdef.ContentLater, text(func(l *msgdef.Later) { l.Conv = msgdef.GroupConv(99) })), msgdef.CodeUnknownConversation},
		"what the service says": {event(1, 9, msgdef.Stream(1), msgdef.ContentLaterDone, &msgdef.LaterDone{CSeq: 1}), msgdef.CodeBadArgument},
		"nothing to take back":  {off(1, 9, 0), msgdef.CodeUnknownLater},
	} {
		if r := w.send(c.item)[0]; r.Code != c.want {
			t.Errorf("%s: %+v, want %v", name, r, c.want)
		}
	}
	if got := len(w.pending(1)) + len(w.pending(3)); got != 0 {
		t.Errorf("%d wait", got)
	}
	past := w.send(event(1, 10, msgdef.Stream(1), msgdef.ContentLater, text(func(l *msgdef.Later) { l.At = 0 })))[0]
	if w.dispatchAll(); past.Code != msgdef.CodeOK || w.texts(2, pair) != "x" {
		t.Errorf("what is past: %+v, %q", past, w.texts(2, pair))
	}
}

// TestLatersAreBounded fills what may wait, in one commit and in several.
func TestLatersAreBounded(t *testing.T) {
	w := newWorld(t, 2)
	pair := msgdef.Pair(1, 2)
	many := func(by, first uint64, n, size int) (stored int) {
		var items []rpc.Send
		for i := range uint64(n) {
			items = append(items, w.delays(by, first+i, pair, time.Hour, strings.Repeat("x", size)))
		}
		for _, r := range w.send(items...) {
			if r.Code == msgdef.CodeOK {
				stored++
			} else if r.Code != msgdef.CodeManyLaters {
				t.Fatalf("%+v", r)
			}
		}
		return stored
	}
	if got := []int{many(1, 1, 60, 1), many(1, 61, 60, 1), many(1, 121, 1, 1)}; fmt.Sprint(got) != "[60 40 0]" {
		t.Errorf("small ones: %v", got)
	}
	if got := many(2, 1, 60, 6900); got != mostLaterBytes/6930 {
		t.Errorf("large ones: %d", got)
	}
	if r := w.send(off(1, 200, 7), w.delays(1, 201, pair, time.Hour, "y"), w.delays(1, 202, pair, time.Hour, "y")); r[1].Code != msgdef.CodeOK || r[2].Code != msgdef.CodeManyLaters {
		t.Errorf("room again: %+v", r)
	}
	w.clock.add(2 * time.Hour)
	w.dispatchAll()
	if n := w.conv(rpc.ConvPull{UID: 1, Conv: pair}).Head; n != 100+mostLaterBytes/6930 || len(w.pending(1)) > 0 {
		t.Errorf("%d messages", n)
	}
}

// TestLongLaterOverPowerCuts cuts the power while messages are sent that are due: each is
// there once, and what waits is what is not.
func TestLongLaterOverPowerCuts(t *testing.T) {
	long(t)
	mem := vfs.NewCrashableMem()
	w := &world{t: t, fs: mem, clock: newClock()}
	w.options = Options{Now: w.clock.now, Password: cheap, Media: signer()}
	w.open()
	defer func() { w.close() }()
	for i := range 2 {
		_, err := w.store.CreateAccount(fmt.Sprintf("u%d", i+1), "", w.clock.now())
		w.must(err)
	}
	pair := msgdef.Pair(1, 2)
	const n = 30
	for i := range uint64(n) {
		w.send(w.delays(1, i+1, pair, time.Duration(i)*time.Second, fmt.Sprint(i+1)))
	}
	random := rand.New(rand.NewPCG(1, 2))
	for len(w.pending(1)) > 0 {
		w.clock.add(7 * time.Second)
		cut := make(chan *vfs.MemFS)
		go func() {
			cut <- mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: random.IntN(101), RNG: random})
		}()
		w.dispatchAll()
		left := <-cut
		w.close()
		mem, w.fs = left, left
		w.open()
	}
	w.dispatchAll()
	var want []string
	for i := range n {
		want = append(want, fmt.Sprint(i+1))
	}
	if got := w.texts(2, pair); got != strings.Join(want, " ") {
		t.Errorf("sent: %q", got)
	}
	for i := range uint64(n) {
		if ends := w.ends(1, i+1); len(ends) != 1 || ends[0].Sent != i+1 {
			t.Errorf("of %d: %+v", i+1, ends)
		}
	}
}

// TestLaterOfTwoServices has two services on one database send what is due at the same
// moment, while it is taken back: each is sent once, or not at all.
func TestLaterOfTwoServices(t *testing.T) {
	if testing.Short() {
		t.Skip("slow: a database")
	}
	now := newClock()
	s := newServices(t, postgrestest.Database(t), 3, func(o *Options) { o.Now = now.now })
	one, two := s.worlds()
	one.clock, two.clock = now, now
	pair := msgdef.Pair(1, 2)
	const n = 100
	for from := uint64(1); from <= n; from += 20 {
		var items []rpc.Send
		for i := range uint64(20) {
			items = append(items, one.delays(1, from+i, pair, time.Hour, fmt.Sprint(from+i)))
		}
		one.send(items...)
	}
	now.add(time.Hour)
	var all sync.WaitGroup
	for _, w := range []*world{one, two} {
		all.Go(w.dispatchAll)
	}
	taken := map[string]bool{}
	for i := uint64(n); i > n/2; i-- {
		if r := two.send(off(1, 1000+i, i))[0]; r.Code == msgdef.CodeOK {
			taken[fmt.Sprint(i)] = true
		} else if r.Code != msgdef.CodeUnknownLater {
			t.Errorf("%+v", r)
		}
	}
	all.Wait()
	one.dispatchAll()
	seen := map[string]int{}
	for _, body := range strings.Fields(two.texts(2, pair)) {
		seen[body]++
	}
	for i := range n {
		name := fmt.Sprint(i + 1)
		if want := map[bool]int{false: 1}[taken[name]]; seen[name] != want {
			t.Errorf("%s is there %d times, want %d", name, seen[name], want)
		}
		if ends := one.ends(1, uint64(i+1)); len(ends) != seen[name] {
			t.Errorf("of %s they are told %+v", name, ends)
		}
	}
	if rows, err := one.store.LatersDue(nil, 1<<60, 9); err != nil || len(rows) > 0 || len(one.pending(1)) > 0 {
		t.Errorf("left: %+v, %v", rows, err)
	}
}

// TestDamagedLaters has a row that cannot be read not be in the way of others.
func TestDamagedLaters(t *testing.T) {
	w := newWorld(t, 2)
	pending, err := w.store.Apply(&store.Commit{
		Messages: []store.MessageRow{{Conv: msgdef.Stream(1), CSeq: 1, Count: 0, Bytes: (&msgdef.Message{Conv: msgdef.Stream(1), CSeq: 1}).Append(nil)}},
		Laters:   []store.LaterRow{{LaterName: store.LaterName{UID: 1, CSeq: 1}, At: 1, Bytes: []byte("?")}},
	})
	w.must(err)
	w.must(pending.Wait())
	w.send(w.delays(2, 1, msgdef.Pair(1, 2), 0, "x"))
	w.dispatchAll()
	if got := w.texts(1, msgdef.Pair(1, 2)); got != "x" {
		t.Errorf("sent: %q", got)
	}
}
