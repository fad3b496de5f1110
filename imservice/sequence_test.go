package imservice

import (
	"bytes"
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

func TestOneMessage(t *testing.T) {
	w := newWorld(t, 2)
	alice, bob := w.users[0], w.users[1]
	r := w.send(text(alice, bob, 7, "hello"))[0]
	want := rpc.SendResult{Conn: alice, Counter: 7, CSeq: 1, USeq: 1, At: w.clock.now().UnixMilli()}
	if r != want {
		t.Fatalf("outcome %+v, want %+v", r, want)
	}
	for _, uid := range w.users {
		rows := w.inbox(uid)
		if len(rows) != 1 || rows[0].USeq != 1 {
			t.Fatalf("inbox of %d: %v", uid, rows)
		}
		m := decode(t, rows[0].Message)
		if m.CSeq != 1 || m.From != alice || m.Device != 1 || m.Counter != 7 || string(m.Body) != "hello" {
			t.Fatalf("message %+v", m)
		}
	}
	w.close() // after which all notices are out
	got := w.notices.all()
	if len(got) != 2 || got[0].UID != alice || got[0].Except != 1 || got[1].UID != bob || got[1].Except != 0 {
		t.Fatalf("notices %+v", got)
	}
}

func TestWritingToOneself(t *testing.T) {
	w := newWorld(t, 1)
	me := w.users[0]
	for i := range uint64(3) {
		if r := w.send(text(me, me, i+1, "note"))[0]; r.CSeq != i+1 || r.USeq != i+1 {
			t.Fatalf("outcome %+v", r)
		}
	}
	if n := len(w.inbox(me)); n != 3 {
		t.Fatalf("%d rows, want 3", n)
	}
	w.close()
	if got := w.notices.all(); len(got) != 3 || got[2].USeq != 3 || got[2].Except != 1 {
		t.Fatalf("notices %+v", got)
	}
}

// Sixteen writers, few users: every inbox and conversation is gapless, in one
// order, and a reader that polls while they write misses nothing.
func TestGaplessUnderConcurrentSenders(t *testing.T) {
	const writers, rounds = 16, 60
	w := newWorld(t, 4, func(o *Options) {
		o.Limits.CachedUsers, o.Limits.CachedConversations, o.Limits.CachedDevices = 1, 1, 1
	})
	stop, polled := make(chan struct{}), make(chan []msgdef.Entry)
	go func() { polled <- poll(w, w.users[0], stop) }()

	var wg sync.WaitGroup
	for n := range writers {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(n)))
			from := w.users[n%len(w.users)]
			for round := range rounds {
				var items []rpc.Send
				for i := range 1 + random.IntN(8) {
					it := text(from, w.users[random.IntN(len(w.users))], uint64(round*8+i+1), "x")
					it.Device = uint64(n + 1)
					items = append(items, it)
				}
				for i, r := range w.send(items...) {
					if r.Code != msgdef.CodeOK || r.Counter != items[i].Counter {
						t.Errorf("outcome %d: %+v", i, r)
					}
				}
			}
		})
	}
	wg.Wait()
	close(stop)
	got, convs := <-polled, map[msgdef.Conversation]uint64{}
	for _, uid := range w.users {
		rows := w.inbox(uid)
		checkGapless(t, rows)
		for _, row := range rows {
			m := decode(t, row.Message)
			convs[m.Conv] = max(convs[m.Conv], m.CSeq)
		}
		if uid == w.users[0] {
			compareRows(t, got, rows)
		}
	}
	for conv, head := range convs {
		checkConversation(t, w, conv, head)
	}
	w.close()
	checkNotices(t, w.notices.all())
}

// poll reads an inbox again and again, only forward, and once more at the end.
func poll(w *world, uid uint64, stop <-chan struct{}) (all []msgdef.Entry) {
	for last := false; ; {
		after := uint64(len(all))
		pages, err := w.server.GetMsg(context.Background(), &rpc.Pulls{Items: []rpc.Pull{{UID: uid, After: after, StoreEpoch: w.store.Epoch()}}})
		if err != nil {
			w.t.Error(err)
			return all
		}
		all = append(all, pages.Items[0].Entries...)
		if last && len(pages.Items[0].Entries) == 0 {
			return all
		}
		select {
		case <-stop:
			last = true
		default:
		}
	}
}

func checkGapless(t *testing.T, rows []msgdef.Entry) {
	t.Helper()
	for i, row := range rows {
		if row.USeq != uint64(i+1) {
			t.Fatalf("row %d has useq %d", i, row.USeq)
		}
	}
}

func compareRows(t *testing.T, got, want []msgdef.Entry) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d rows, want %d", len(got), len(want))
	}
	for i := range got {
		if got[i].USeq != want[i].USeq || !bytes.Equal(got[i].Message, want[i].Message) {
			t.Fatalf("row %d differs", i)
		}
	}
}

// checkConversation pages a conversation forward and backward.
func checkConversation(t *testing.T, w *world, conv msgdef.Conversation, head uint64) {
	t.Helper()
	uid, _, _ := msgdef.PairMembers(conv)
	for after := uint64(0); after < head; {
		page := w.conv(rpc.ConvPull{UID: uid, Conv: conv, After: after, Before: 1, Limit: 7})
		if after == 0 {
			page = w.conv(rpc.ConvPull{UID: uid, Conv: conv, Before: 8})
		}
		if page.Head != head || len(page.Messages) == 0 {
			t.Fatalf("conversation %x after %d: head %d, %d messages", conv, after, page.Head, len(page.Messages))
		}
		at := int64(0)
		for _, encoded := range page.Messages {
			m := decode(t, encoded)
			if after++; m.CSeq != after || m.Conv != conv || m.At < at {
				t.Fatalf("message %+v at %d", m, after)
			}
			at = m.At
		}
	}
}

// checkNotices checks that each user's notices came in the order of useq.
func checkNotices(t *testing.T, list []notice) {
	t.Helper()
	last := map[uint64]uint64{}
	for _, n := range list {
		if last[n.UID]++; n.USeq != last[n.UID] {
			t.Fatalf("notice %+v after %d", n.Recipient, last[n.UID]-1)
		}
	}
}

func TestTimeNeverDecreasesInAConversation(t *testing.T) {
	w := newWorld(t, 3)
	a, b, c := w.users[0], w.users[1], w.users[2]
	first := w.send(text(a, b, 1, "x"))[0]
	w.clock.add(-time.Hour)
	if r := w.send(text(a, b, 2, "x"))[0]; r.At != first.At {
		t.Fatalf("at %d after %d", r.At, first.At)
	}
	if r := w.send(text(a, c, 3, "x"))[0]; r.At != w.clock.now().UnixMilli() {
		t.Fatalf("another conversation has at %d", r.At)
	}
	w.restart()
	if r := w.send(text(b, a, 1, "x"))[0]; r.At != first.At || r.CSeq != 3 {
		t.Fatalf("after a restart %+v", r)
	}
	w.clock.add(2 * time.Hour)
	if r := w.send(text(b, a, 2, "x"))[0]; r.At != w.clock.now().UnixMilli() {
		t.Fatalf("at %d when the clock is right again", r.At)
	}
}

func TestRefusedSends(t *testing.T) {
	w := newWorld(t, 3)
	a, b, c := w.users[0], w.users[1], w.users[2]
	var group msgdef.Conversation
	group[15] = 9
	change := func(f func(*rpc.Send)) rpc.Send {
		it := text(a, b, 1, "x")
		f(&it)
		return it
	}
	cases := []struct {
		item rpc.Send
		want msgdef.ErrorCode
	}{
		{change(func(s *rpc.Send) { s.UID = 0 }), msgdef.CodeBadArgument},
		{change(func(s *rpc.Send) { s.Device = 0 }), msgdef.CodeBadArgument},
		{change(func(s *rpc.Send) { s.Counter = 0 }), msgdef.CodeBadArgument},
		{change(func(s *rpc.Send) { s.Kind = 0 }), msgdef.CodeBadArgument},
		{change(func(s *rpc.Send) { s.Body = make([]byte, msgdef.MaxBody+1) }), msgdef.CodeBodyTooLong},
		{change(func(s *rpc.Send) { s.Conv = group }), msgdef.CodeUnknownConversation},
		{change(func(s *rpc.Send) { s.Conv = msgdef.Conversation{7: 2, 15: 1} }), msgdef.CodeUnknownConversation},
		{change(func(s *rpc.Send) { s.Conv = msgdef.Pair(b, c) }), msgdef.CodeForbidden},
		{change(func(s *rpc.Send) { s.Conv = msgdef.Pair(a, 99) }), msgdef.CodeUnknownUser},
		{change(func(s *rpc.Send) { s.UID, s.Conv = 99, msgdef.Pair(a, 99) }), msgdef.CodeUnknownUser},
		{change(func(s *rpc.Send) { s.Body = make([]byte, msgdef.MaxBody) }), msgdef.CodeOK},
	}
	var items []rpc.Send
	for _, c := range cases {
		items = append(items, c.item)
	}
	for i, r := range w.send(items...) {
		if r.Code != cases[i].want {
			t.Errorf("case %d: %v, want %v", i, r.Code, cases[i].want)
		}
	}
	// The one good message took the first sequences: refusals leave no gaps.
	checkGapless(t, w.inbox(a))
	if n := len(w.inbox(a)); n != 1 {
		t.Fatalf("%d rows, want 1", n)
	}
	if got := w.server.Stats(); got.Messages != 1 || got.Refused != uint64(len(cases)-1) {
		t.Fatalf("stats %+v", got)
	}
}

func TestAcceptedBodiesAreCopied(t *testing.T) {
	w := newWorld(t, 2)
	it, s := text(w.users[0], w.users[1], 1, "mine"), newSink()
	w.must(w.server.Send(context.Background(), &rpc.Sends{Items: []rpc.Send{it}}, s))
	copy(it.Body, "gone")
	s.wait(1)
	if m := decode(t, w.inbox(w.users[1])[0].Message); string(m.Body) != "mine" {
		t.Fatalf("body %q", m.Body)
	}
}
