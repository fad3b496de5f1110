package imservice

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// keeping sets how long things are kept.
func keeping(inbox, sent, messages time.Duration) func(*Options) {
	return func(o *Options) {
		o.Limits.KeepInbox, o.Limits.KeepSent, o.Limits.KeepMessages = inbox, sent, messages
	}
}

func (w *world) sweep() {
	w.t.Helper()
	w.must(w.server.retention.sweep(context.Background()))
}

// say sends n messages of a pair, with counters from first on, and returns their
// outcomes.
func (w *world) say(from, to, first uint64, n int) (all []rpc.SendResult) {
	w.t.Helper()
	for i := range uint64(n) {
		r := w.send(text(from, to, first+i, fmt.Sprint(first+i)))[0]
		if r.Code != msgdef.CodeOK {
			w.t.Fatalf("message %d: %v", first+i, r.Code)
		}
		all = append(all, r)
	}
	return all
}

// after pulls the inbox of uid after a cursor of this store.
func (w *world) after(uid, cursor uint64) rpc.Page {
	w.t.Helper()
	return w.pull(rpc.Pull{UID: uid, After: cursor, StoreEpoch: w.store.Epoch()})
}

// TestInboxesAreDropped drops entries of 31 days, and then all there are: cursors
// from below are told so, those above notice nothing, and no useq is given twice.
func TestInboxesAreDropped(t *testing.T) {
	w := newWorld(t, 2, keeping(30*day, 7*day, 0))
	w.say(1, 2, 1, 10)
	sixth := decode(t, w.after(2, 5).Entries[0].Message)
	w.clock.add(20 * day)
	w.say(1, 2, 11, 5)
	w.clock.add(11 * day)
	for range 2 { // the second time there is nothing to do
		w.sweep()
		for _, cursor := range []uint64{0, 1, 9} {
			page := w.after(2, cursor)
			if page.Status != msgdef.SyncTooLong || page.Floor != 10 || page.Head != 15 || len(page.Entries) > 0 {
				t.Errorf("after %d: %v, floor %d, head %d, %d entries", cursor, page.Status, page.Floor, page.Head, len(page.Entries))
			}
		}
		for _, cursor := range []uint64{10, 12, 15} {
			page := w.after(2, cursor)
			if page.Status != msgdef.SyncOK || len(page.Entries) != int(15-cursor) {
				t.Errorf("after %d: %v, %d entries", cursor, page.Status, len(page.Entries))
			}
		}
		w.restart()
	}
	// a cursor knows what was at its place, also when that is gone
	mark := msgdef.Fingerprint(sixth.Conv, 10, sixth.At)
	p := rpc.Pull{UID: 2, After: 10, StoreEpoch: w.store.Epoch(), Fingerprint: mark}
	if page := w.pull(p); page.Status != msgdef.SyncOK || len(page.Entries) != 5 {
		t.Errorf("at the floor with a fingerprint: %v, %d entries", page.Status, len(page.Entries))
	}
	p.After = 4
	if page := w.pull(p); page.Status != msgdef.SyncTooLong {
		t.Errorf("below the floor with a fingerprint: %v", page.Status)
	}
	p.After, p.StoreEpoch = 3, w.store.Epoch()+1
	if page := w.pull(p); page.Status != msgdef.SyncReset || page.Floor != 10 {
		t.Errorf("of another store: %v, floor %d", page.Status, page.Floor)
	}

	w.clock.add(100 * day)
	w.sweep()
	w.restart()
	if page := w.after(2, 14); page.Status != msgdef.SyncTooLong || page.Floor != 15 || page.Head != 15 {
		t.Errorf("all gone: %v, floor %d, head %d", page.Status, page.Floor, page.Head)
	}
	w.say(1, 2, 16, 1)
	if page := w.after(2, 15); len(page.Entries) != 1 || page.Entries[0].USeq != 16 {
		t.Errorf("the next one: %+v", page)
	}
	if page := w.conv(rpc.ConvPull{UID: 2, Conv: msgdef.Pair(1, 2)}); len(page.Messages) != 16 {
		t.Errorf("history has %d of 16 messages", len(page.Messages))
	}
}

// TestSentRowsAreDropped sends again what was sent: for 7 days it is known, then it
// is refused, whatever happened, and never stored twice.
func TestSentRowsAreDropped(t *testing.T) {
	w := newWorld(t, 2, keeping(30*day, 7*day, 0))
	first := w.say(1, 2, 1, 3)
	first = append(first, w.say(1, 2, 5, 1)...) // 4 never arrived
	w.clock.add(6 * day)
	w.say(1, 2, 6, 2)
	w.sweep()
	again := w.send(text(1, 2, 1, "1"), text(1, 2, 5, "5"))
	if again[0] != first[0] || again[1] != first[3] {
		t.Errorf("after 6 days: %+v, want %+v and %+v", again, first[0], first[3])
	}
	w.clock.add(2 * day)
	for range 2 {
		w.sweep()
		for _, counter := range []uint64{1, 4, 5} {
			if r := w.send(text(1, 2, counter, fmt.Sprint(counter)))[0]; r.Code != msgdef.CodeTooLate {
				t.Errorf("%d after 8 days: %+v", counter, r)
			}
		}
		if r := w.send(text(1, 2, 6, "6"))[0]; r.Code != msgdef.CodeOK || r.CSeq != 5 {
			t.Errorf("6 after 2 days: %+v", r)
		}
		w.restart()
	}
	w.clock.add(30 * day)
	w.sweep()
	w.restart()
	if r := w.send(text(1, 2, 7, "7"))[0]; r.Code != msgdef.CodeTooLate {
		t.Errorf("the last one, later: %+v", r)
	}
	if r := w.send(text(1, 2, 8, "8"))[0]; r.Code != msgdef.CodeOK || r.CSeq != 7 {
		t.Errorf("a new one: %+v", r)
	}
}

// TestMessagesAreDropped ends history, with what refers to it.
func TestMessagesAreDropped(t *testing.T) {
	w := newWorld(t, 2, keeping(-1, 7*day, 60*day))
	conv := msgdef.Pair(1, 2)
	w.say(1, 2, 1, 4)
	pin := rpc.Send{Conn: 1, UID: 1, Device: 1, Counter: 5, Conv: conv, Kind: msgdef.ContentPin, Body: (&msgdef.Pin{CSeq: 3}).Append(nil)}
	if r := w.send(pin)[0]; r.Code != msgdef.CodeOK {
		t.Fatal(r.Code)
	}
	w.clock.add(50 * day)
	w.say(1, 2, 6, 3)
	w.clock.add(11 * day)
	w.sweep()
	w.restart()
	for _, p := range []struct {
		before, after, floor uint64
		n                    int
	}{{0, 0, 0, 3}, {7, 0, 0, 1}, {6, 0, 0, 0}, {2, 0, 0, 0}, {0, 2, 5, 3}, {0, 5, 0, 3}, {0, 8, 0, 0}} {
		page := w.conv(rpc.ConvPull{UID: 2, Conv: conv, Before: p.before, After: p.after})
		if len(page.Messages) != p.n || page.Floor != p.floor || page.Head != 8 {
			t.Errorf("%+v: %d messages, floor %d, head %d", p, len(page.Messages), page.Floor, page.Head)
		}
	}
	w.wantTalk(2, 8, 3, true)
	for i, entry := range w.inbox(2) {
		m := decode(t, entry.Message)
		gone := len(m.State) > 0 && len(m.Body) == 0
		if entry.USeq != uint64(i)+1 || m.Conv != conv || m.CSeq != uint64(i)+1 || (i < 5) != (gone && m.From == 0) {
			t.Errorf("entry %d: %+v", entry.USeq, m)
		}
	}
	react := rpc.Send{Conn: 1, UID: 2, Device: 1, Counter: 1, Conv: conv, Kind: msgdef.ContentReaction}
	react.Body = (&msgdef.Reaction{CSeq: 4, Emoji: "+"}).Append(nil)
	if r := w.send(react)[0]; r.Code != msgdef.CodeBadArgument {
		t.Errorf("a reaction to what is gone: %+v", r)
	}

	w.clock.add(60 * day)
	w.sweep()
	w.restart()
	w.wantTalk(2, 8, 0, false)
	r := w.say(2, 1, 2, 1)[0]
	if r.CSeq != 9 || r.At != w.clock.now().UnixMilli() {
		t.Errorf("the next one: %+v", r)
	}
	w.wantTalk(1, 9, 1, true)
}

// TestGroupKeepsForLess drops messages of a group sooner than others, and never later
// than the service says.
func TestGroupKeepsForLess(t *testing.T) {
	for _, c := range []struct {
		service   time.Duration
		group     uint16
		old, pair int // messages left of the group, and of a pair, after 10 days
	}{
		{0, 0, 3, 1}, {0, 7, 1, 1}, {0, 30, 3, 1}, {8 * day, 30, 1, 0}, {60 * day, 7, 1, 1}, {-1, 7, 1, 1},
	} {
		w := newWorld(t, 2, keeping(-1, -1, c.service))
		w.acts(1, 1, msgdef.GroupChange{Act: msgdef.GroupFound, Info: msgdef.GroupInfo{Name: "g"}, UIDs: []uint64{2}})
		w.says(1, 2, "old")
		w.say(1, 2, 3, 1)
		w.clock.add(10 * day)
		inform := msgdef.GroupChange{Act: msgdef.GroupInform, Info: msgdef.GroupInfo{Name: "g", Keep: c.group}}
		if r := w.acts(2, 1, inform); r.Code != msgdef.CodeForbidden {
			t.Errorf("%+v: a member sets it: %v", c, r.Code)
		}
		if r := w.acts(1, 4, inform); r.Code != msgdef.CodeOK {
			t.Fatalf("%+v: %v", c, r.Code)
		}
		w.sweep()
		w.restart()
		if page := w.conv(rpc.ConvPull{UID: 2, Conv: club}); len(page.Messages) != c.old || page.Head != 3 {
			t.Errorf("%+v: %d messages of the group, head %d", c, len(page.Messages), page.Head)
		}
		if page := w.conv(rpc.ConvPull{UID: 2, Conv: msgdef.Pair(1, 2)}); len(page.Messages) != c.pair {
			t.Errorf("%+v: %d messages of the pair", c, len(page.Messages))
		}
		if r := w.says(2, 2, "new"); r.Code != msgdef.CodeOK || r.CSeq != 4 {
			t.Errorf("%+v: the next one: %+v", c, r)
		}
		w.close()
	}
}

// TestPushesOfDroppedMessages has pushes wait for longer than what they are about is
// kept: nothing is left to say, and those of later messages are as before.
func TestPushesOfDroppedMessages(t *testing.T) {
	for name, kept := range map[string]func(*Options){
		"messages": keeping(-1, 7*day, day), "inboxes": keeping(day, 7*day, 0), "both": keeping(day, 7*day, day),
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 2, kept, func(o *Options) { o.Limits.PushAge = 30 * day })
			w.push(2, 1)
			w.say(1, 2, 1, 2)
			w.clock.add(2 * day)
			w.say(1, 2, 3, 1)
			w.sweep()
			rows := w.due()
			wantUSeqs(t, "due", rows, 1, 2, 3)
			targets, err := w.server.Resolve(context.Background(), &rpc.PushRows{Items: rows})
			w.must(err)
			for i, target := range targets.Items {
				if target.Obsolete != (i < 2) {
					t.Errorf("of message %d: %+v", i+1, target)
				}
			}
		})
	}
}

// wantTalk checks the only conversation of a user.
func (w *world) wantTalk(uid, head, unread uint64, newest bool) {
	w.t.Helper()
	talks, err := w.server.Talks(context.Background(), &rpc.TalksQuery{UID: uid})
	w.must(err)
	if len(talks.List) != 1 {
		w.t.Fatalf("%d conversations", len(talks.List))
	}
	t := &talks.List[0]
	if t.Head != head || t.Unread != unread || (len(t.Newest) > 0) != newest {
		w.t.Errorf("head %d, %d unread, newest %d bytes; want %d, %d, %v", t.Head, t.Unread, len(t.Newest), head, unread, newest)
	}
}

// TestManyUnreadAcrossAFloor counts what is unread by what the floor knows of those
// before it.
func TestManyUnreadAcrossAFloor(t *testing.T) {
	w := newWorld(t, 2, keeping(-1, -1, 60*day))
	w.say(1, 2, 1, 20)
	w.read(2, msgdef.Pair(1, 2), 5)
	w.clock.add(50 * day)
	w.say(1, 2, 21, unreadScan+30)
	w.clock.add(20 * day)
	w.sweep()
	w.wantTalk(2, 20+unreadScan+30, unreadScan+30, true)
}

// TestLongBounded lets half a year pass, with as much said every day: the store
// has what is kept, and its files do not grow for ever.
func TestLongBounded(t *testing.T) {
	long(t)
	w := newWorld(t, 4, keeping(30*day, 7*day, 60*day))
	const perDay, days = 20, 180
	var counter [5]uint64
	var halfway int64
	for today := range days {
		var items []rpc.Send
		for i := range perDay {
			from, to := uint64(1+i%4), uint64(1+(i/4+1+i%4)%4)
			counter[from]++
			items = append(items, text(from, to, counter[from], strings.Repeat(fmt.Sprint(today, i), 100)))
		}
		w.send(items...)
		w.clock.add(day)
		w.sweep()
		if today == days/2-1 {
			halfway = w.onDisk()
		}
	}
	rows := w.countRows()
	if rows.messages > 61*perDay || rows.entries > 2*31*perDay || rows.sent > 8*perDay {
		t.Errorf("left of %d days with %d messages each: %+v", days, perDay, rows)
	}
	if end := w.onDisk(); w.url == "" && end > halfway*2 {
		t.Errorf("%d bytes after %d days, %d after %d", halfway, days/2, end, days)
	}
}

type rowCounts struct{ messages, entries, sent int }

func (w *world) countRows() (n rowCounts) {
	w.t.Helper()
	ctx := context.Background()
	w.must(owners(ctx, w.store.Conversations, func(conv msgdef.Conversation) error {
		rows, err := w.store.Range(nil, conv, 0, 1<<32, false, 1<<20, 1<<30)
		n.messages += len(rows)
		return err
	}))
	w.must(owners(ctx, w.store.Inboxes, func(uid uint64) error {
		floor, err := w.store.InboxFloor(uid)
		w.must(err)
		rows, err := w.store.Inbox(nil, uid, floor, 1<<32, 1<<20, 1<<30)
		n.entries += len(rows)
		return err
	}))
	w.must(owners(ctx, w.store.Senders, func(of store.Sender) error {
		rows, err := w.store.SentAfter(nil, of, 0, 1<<20)
		n.sent += len(rows)
		return err
	}))
	return n
}

// onDisk returns the size of an embedded store.
func (w *world) onDisk() (total int64) {
	w.t.Helper()
	if w.url != "" {
		return 0
	}
	names, err := w.fs.List("data")
	w.must(err)
	for _, name := range names {
		if info, err := w.fs.Stat(w.fs.PathJoin("data", name)); err == nil { // else it was removed meanwhile
			total += info.Size()
		}
	}
	return total
}

// TestSweepsUnderReaders drops entries while devices read and others send: each
// device sees what it has not seen in order, once, or is told what it missed.
func TestSweepsUnderReaders(t *testing.T) {
	const messages = 3000
	w := newWorld(t, 2, keeping(time.Hour, time.Hour, 2*time.Hour))
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	for seed := range uint64(3) {
		running.Go(func() { w.follow(ctx, seed, messages) })
	}
	running.Go(func() {
		for ctx.Err() == nil {
			if err := w.server.retention.sweep(ctx); err != nil && ctx.Err() == nil {
				t.Error(err)
				return
			}
		}
	})
	for n := uint64(1); n <= messages; n += 10 {
		var items []rpc.Send
		for i := range uint64(10) {
			items = append(items, text(1, 2, n+i, fmt.Sprint(n+i)))
		}
		w.send(items...)
		w.clock.add(5 * time.Minute)
	}
	time.AfterFunc(10*time.Second, stop) // they end by themselves
	for w.done(2) < 3 && ctx.Err() == nil {
		time.Sleep(time.Millisecond)
	}
	stop()
	running.Wait()
	if w.done(2) < 3 || w.server.Stats().Dropped == 0 {
		t.Errorf("%d readers came to the end, %d rows were dropped", w.done(2), w.server.Stats().Dropped)
	}
}

// done returns how many devices of a user have a cursor.
func (w *world) done(uid uint64) int {
	rows, err := w.store.DevicesOf(uid, 10)
	w.must(err)
	return len(rows)
}

// follow reads the inbox of the second user up to an end, now and then with a
// pause, and then saves its cursor.
func (w *world) follow(ctx context.Context, seed, end uint64) {
	rng := rand.New(rand.NewPCG(seed, 1))
	cursor := uint64(0)
	for cursor < end && ctx.Err() == nil {
		pages, err := w.server.GetMsg(ctx, &rpc.Pulls{Items: []rpc.Pull{{
			UID: 2, After: cursor, StoreEpoch: w.store.Epoch(), Limit: uint16(1 + rng.IntN(20)),
		}}})
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			w.t.Error(err)
			return
		}
		page := &pages.Items[0]
		switch {
		case page.Status == msgdef.SyncTooLong && page.Floor > cursor:
			cursor = page.Floor
		case page.Status != msgdef.SyncOK:
			w.t.Errorf("after %d: %v, floor %d", cursor, page.Status, page.Floor)
			return
		}
		for _, entry := range page.Entries {
			m := decode(w.t, entry.Message)
			if entry.USeq != cursor+1 || m.CSeq != entry.USeq || m.From != 0 && string(m.Body) != fmt.Sprint(m.CSeq) {
				w.t.Errorf("after %d: %d %+v", cursor, entry.USeq, m)
				return
			}
			cursor = entry.USeq
		}
		time.Sleep(time.Duration(rng.IntN(2000)) * time.Microsecond)
	}
	w.must(w.store.SaveDevices([]store.DeviceRow{{UID: 2, Device: seed + 1, Cursor: cursor}}))
}
