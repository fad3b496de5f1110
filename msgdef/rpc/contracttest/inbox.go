package contracttest

import (
	"reflect"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/loopback"
)

// decode returns a stored message.
func decode(t testing.TB, encoded []byte) *msgdef.Message {
	t.Helper()
	m := new(msgdef.Message)
	if err := m.Decode(encoded); err != nil {
		t.Fatalf("message: %v", err)
	}
	return m
}

// store sends n messages from alice to bob and waits until they are durable.
func (s serviceTest) store(t testing.TB, n int) {
	t.Helper()
	to := newSink()
	s.send(t, to, repeat(n, func(i int) rpc.Send { return s.from(1, uint64(i+1)) })...)
	for _, r := range to.await(t, n) {
		if r.Code != msgdef.CodeOK {
			t.Fatalf("message %d: %v", r.Counter, r.Code)
		}
	}
}

// pull reads a user's inbox after a cursor.
func (s serviceTest) pull(t testing.TB, uid, after uint64) rpc.Page {
	t.Helper()
	epoch := must[rpc.HeadsReply](t)(s.Heads(within(t), new(rpc.HeadsQuery))).StoreEpoch
	pages := must[rpc.Pages](t)(s.GetMsg(within(t), &rpc.Pulls{Items: []rpc.Pull{
		{UID: uid, Device: testDevice, After: after, StoreEpoch: epoch},
	}}))
	if len(pages.Items) != 1 || pages.Items[0].Code != msgdef.CodeOK {
		t.Fatalf("pages: %+v", pages)
	}
	return pages.Items[0]
}

// inboxes pulls several cursors in one call, twice: pages stand in the order of
// the pulls, and a page that the caller spoiled was its own.
func inboxes(t *testing.T, s serviceTest) {
	s.store(t, 10)
	epoch := must[rpc.HeadsReply](t)(s.Heads(within(t), new(rpc.HeadsQuery))).StoreEpoch
	afters := []uint64{9, 0, 10, 4, 0}
	ask := func() *rpc.Pages {
		batch := &rpc.Pulls{Items: repeat(len(afters), func(i int) rpc.Pull {
			return rpc.Pull{UID: s.bob, Device: testDevice, After: afters[i], StoreEpoch: epoch}
		})}
		defer loopback.Poison(batch)
		return must[rpc.Pages](t)(s.GetMsg(within(t), batch))
	}
	spoiled := ask()
	loopback.Poison(spoiled)
	for i, page := range ask().Items {
		if page.Code != msgdef.CodeOK || page.Head != 10 || page.StoreEpoch != epoch {
			t.Fatalf("page %d: code %v, head %d, epoch %x of %x", i, page.Code, page.Head, page.StoreEpoch, epoch)
		}
		checkEntries(t, page.Entries, afters[i])
		if afters[i] < 10 && len(page.Entries) == 0 {
			t.Errorf("page %d after %d is empty", i, afters[i])
		}
	}
}

// checkEntries checks that entries follow a cursor without a gap.
func checkEntries(t *testing.T, entries []msgdef.Entry, after uint64) {
	t.Helper()
	for _, e := range entries {
		after++
		if e.USeq != after {
			t.Fatalf("useq %d in the place of %d", e.USeq, after)
		}
		if m := decode(t, e.Message); m.Counter != e.USeq {
			t.Errorf("useq %d has message %d", e.USeq, m.Counter)
		}
	}
}

// conversations pulls one conversation as a member and as a stranger.
func conversations(t *testing.T, s serviceTest) {
	s.store(t, 5)
	batch := &rpc.ConvPulls{Items: []rpc.ConvPull{
		{UID: s.alice, Conv: s.pair(), Before: 3},
		{UID: s.alice, Conv: s.foreign()},
		{UID: s.bob, Conv: s.pair(), After: 3},
	}}
	var answers [2]*rpc.ConvPages
	for i := range answers {
		answers[i] = must[rpc.ConvPages](t)(s.GetConv(within(t), batch))
	}
	loopback.Poison(answers[0])
	pages := answers[1].Items
	if len(pages) != len(batch.Items) {
		t.Fatalf("%d pages for %d pulls", len(pages), len(batch.Items))
	}
	var got [3][]uint64
	for i, page := range pages {
		for _, encoded := range page.Messages {
			got[i] = append(got[i], decode(t, encoded).CSeq)
		}
	}
	if want := [3][]uint64{{1, 2}, nil, {4, 5}}; !reflect.DeepEqual(got, want) {
		t.Errorf("cseqs %v, want %v", got, want)
	}
	if pages[1].Code != msgdef.CodeForbidden || pages[0].Code != msgdef.CodeOK || pages[2].Code != msgdef.CodeOK {
		t.Errorf("codes %v, %v, %v", pages[0].Code, pages[1].Code, pages[2].Code)
	}
}

// heads asks for users in any order, repeatedly and unknown.
func heads(t *testing.T, s serviceTest) {
	s.store(t, 3)
	query := &rpc.HeadsQuery{UIDs: []uint64{s.bob, 1 << 60, s.alice, s.bob}}
	reply := must[rpc.HeadsReply](t)(s.Heads(within(t), query))
	loopback.Poison(query)
	if want := []uint64{3, 0, 3, 3}; !reflect.DeepEqual(reply.USeqs, want) || reply.StoreEpoch == 0 {
		t.Errorf("heads %v in epoch %x, want %v", reply.USeqs, reply.StoreEpoch, want)
	}
}

// reads marks positions, one of them in others' conversation.
func reads(t *testing.T, s serviceTest) {
	s.store(t, 3)
	batch := &rpc.Reads{Items: []rpc.Read{
		{UID: s.bob, Conv: s.pair(), CSeq: 2},
		{UID: s.alice, Conv: s.foreign(), CSeq: 1},
		{UID: s.bob, Conv: s.pair(), CSeq: 1}, // does not go back
		{UID: s.bob, Conv: s.pair(), CSeq: 9}, // beyond the head, which is 3
	}}
	results := must[rpc.ReadResults](t)(s.Read(within(t), batch))
	loopback.Poison(batch)
	want := []msgdef.ErrorCode{msgdef.CodeOK, msgdef.CodeForbidden, msgdef.CodeOK, msgdef.CodeOK}
	positions := []uint64{2, 0, 1, 3}
	for i, r := range results.Items {
		if r.Code != want[i] || r.Code == msgdef.CodeOK && r.CSeq != positions[i] {
			t.Errorf("result %d: %+v, want %v", i, r, want[i])
		}
	}
	pages := must[rpc.ConvPages](t)(s.GetConv(within(t), &rpc.ConvPulls{Items: []rpc.ConvPull{
		{UID: s.alice, Conv: s.pair()},
	}}))
	for _, mark := range pages.Items[0].Reads {
		if mark.UID == s.bob && mark.CSeq != 3 {
			t.Errorf("bob has read %d, want 3", mark.CSeq)
		}
	}
}

// cursors saves a cursor and waits until a login knows it: SaveCursors may
// return earlier.
func cursors(t *testing.T, s serviceTest) {
	s.store(t, 3)
	batch := &rpc.Cursors{Items: []rpc.Cursor{
		{UID: s.bob, Device: testDevice, USeq: 2},
		{UID: s.bob, Device: testDevice, USeq: 1}, // does not go back
	}}
	if err := s.SaveCursors(within(t), batch); err != nil {
		t.Fatal(err)
	}
	loopback.Poison(batch)
	for stop := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		reply := must[rpc.LoginReply](t)(s.Login(within(t), loginOf("bob", "correct horse")))
		if reply.Cursor == 2 {
			return
		}
		if reply.Cursor > 2 || time.Now().After(stop) {
			t.Fatalf("cursor %d, want 2", reply.Cursor)
		}
	}
}

// arrived has what a cursor passes be told, once; the page of the pair tells it too.
func arrived(t *testing.T, s serviceTest) {
	s.store(t, 3)
	for i, want := range []int{1, 0} {
		batch := &rpc.Cursors{Items: []rpc.Cursor{{UID: s.bob, Device: testDevice, USeq: 2}}}
		got := must[rpc.Arrivals](t)(s.Arrived(within(t), batch))
		loopback.Poison(batch)
		if len(got.Items) != want || want > 0 && got.Items[0] != (rpc.Arrival{Conv: s.pair(), UID: s.bob, CSeq: 2}) {
			t.Errorf("time %d: %+v", i, got)
		}
		loopback.Poison(got)
	}
	pages := must[rpc.ConvPages](t)(s.GetConv(within(t), &rpc.ConvPulls{Items: []rpc.ConvPull{{UID: s.alice, Conv: s.pair()}}}))
	if got := pages.Items[0].Delivered; got != 2 {
		t.Errorf("the page tells of %d", got)
	}
	_, err := s.Arrived(cancelled(), new(rpc.Cursors))
	refused(t, "Arrived with a context that has ended", err, msgdef.CodeTimeout)
}
