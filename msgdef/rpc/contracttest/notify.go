package contracttest

import (
	"reflect"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/loopback"
)

// notify hands out a batch of notices and overwrites it.
func (r routeTest) notify(t testing.TB, messages [][]byte, to ...rpc.Recipient) {
	t.Helper()
	batch := &rpc.Notices{Messages: messages, To: to}
	if err := r.Notifier.Notify(within(t), batch); err != nil {
		t.Fatalf("notify: %v", err)
	}
	loopback.Poison(batch)
}

// notify brings messages to all sessions of their recipients except the
// sender's own.
func notify(t *testing.T, r routeTest) {
	r.register(t, at("east", session(1, 1, 10), session(2, 1, 20)))
	r.register(t, at("west", session(1, 2, 11)))
	r.notify(t, [][]byte{[]byte("first"), []byte("second")},
		rpc.Recipient{Message: 0, UID: 1, USeq: 5, Except: 1},
		rpc.Recipient{Message: 0, UID: 2, USeq: 8},
		rpc.Recipient{Message: 1, UID: 2, USeq: 9},
		rpc.Recipient{Message: 1, UID: 3, USeq: 1}, // not online
		rpc.Recipient{Message: 1, UID: 1, USeq: 6},
	)
	tell := func(epoch, conn, useq uint64, body string) event {
		return event{epoch: epoch, conn: conn, kind: msgdef.TypeNotify, useq: useq, body: body}
	}
	east := []event{
		tell(eastEpoch, 20, 8, "first"), tell(eastEpoch, 20, 9, "second"), tell(eastEpoch, 10, 6, "second"),
	}
	r.settle()
	if got := r.east.await(t, len(east)); !reflect.DeepEqual(got, east) {
		t.Errorf("east: %+v\nwant %+v", got, east)
	}
	west := []event{tell(westEpoch, 11, 5, "first"), tell(westEpoch, 11, 6, "second")}
	if got := r.west.await(t, len(west)); !reflect.DeepEqual(got, west) {
		t.Errorf("west: %+v\nwant %+v", got, west)
	}
}

// notifySizes hands out nothing, and as much as there may be, to a user with
// two devices, so that more is to be delivered than one batch may hold.
func notifySizes(t *testing.T, r routeTest) {
	r.register(t, at("east", session(1, 1, 10), session(1, 2, 11)))
	r.notify(t, nil)
	r.notify(t, repeat(maxMessages, filler))
	to := func(i int) rpc.Recipient {
		return rpc.Recipient{Message: uint32(i % maxMessages), UID: 1, USeq: uint64(i + 1)}
	}
	r.notify(t, repeat(maxMessages, filler), repeat(maxRecipients, to)...)
	r.settle()
	got := r.east.await(t, 2*maxRecipients)
	if len(got) != 2*maxRecipients {
		t.Fatalf("%d deliveries, want %d", len(got), 2*maxRecipients)
	}
	for i, e := range got {
		n := i / 2
		if e.useq != uint64(n+1) || e.body != string(filler(n%maxMessages)) {
			t.Fatalf("delivery %d: useq %d with %q", i, e.useq, e.body)
		}
	}
	for what, batch := range map[string]*rpc.Notices{
		"too many messages":   {Messages: repeat(maxMessages+1, filler)},
		"too many recipients": {Messages: repeat(1, filler), To: repeat(maxRecipients+1, func(int) rpc.Recipient { return rpc.Recipient{UID: 1} })},
	} {
		refused(t, what, r.Notifier.Notify(within(t), batch), msgdef.CodeBadArgument)
	}
	r.settle()
	if n := len(r.east.all()); n != 2*maxRecipients {
		t.Errorf("batches that were refused delivered %d", n-2*maxRecipients)
	}
}

// notifyBadIndex names a message that is not there: nothing of the batch is
// delivered.
func notifyBadIndex(t *testing.T, r routeTest) {
	r.register(t, at("east", session(1, 1, 10)))
	err := r.Notifier.Notify(within(t), &rpc.Notices{
		Messages: repeat(1, filler),
		To:       []rpc.Recipient{{Message: 0, UID: 1, USeq: 1}, {Message: 1, UID: 1, USeq: 2}},
	})
	refused(t, "a message that is not there", err, msgdef.CodeBadArgument)
	r.notify(t, repeat(1, filler), rpc.Recipient{UID: 1, USeq: 7})
	r.settle()
	if got := r.east.await(t, 1); len(got) != 1 || got[0].useq != 7 {
		t.Errorf("delivered: %+v", got)
	}
}

// notifyOrder keeps the order of batches at each connection.
func notifyOrder(t *testing.T, r routeTest) {
	const rounds, users = 200, 5
	for uid := uint64(1); uid <= users; uid++ {
		r.register(t, at("east", session(uid, 1, uid)))
		r.register(t, at("west", session(uid, 2, uid)))
	}
	for round := range uint64(rounds) {
		r.notify(t, repeat(1, filler), repeat(users, func(i int) rpc.Recipient {
			return rpc.Recipient{UID: uint64(i + 1), USeq: round + 1}
		})...)
	}
	r.settle()
	for _, g := range []*gateLog{r.east, r.west} {
		last := make(map[uint64]uint64)
		for _, e := range g.await(t, rounds*users) {
			last[e.conn]++
			if e.useq != last[e.conn] {
				t.Fatalf("connection %d got %d in the place of %d", e.conn, e.useq, last[e.conn])
			}
		}
	}
}

// receipts tells the peer and the reader's other devices.
func receipts(t *testing.T, r routeTest) {
	r.register(t, at("east", session(1, 1, 10), session(2, 5, 20), session(3, 1, 30)))
	r.register(t, at("west", session(1, 2, 11)))
	pair := msgdef.Pair(1, 2)
	batch := &rpc.Reads{Items: []rpc.Read{{UID: 1, Conv: pair, CSeq: 4, Device: 1}, {UID: 2, Conv: pair, CSeq: 3}}}
	must[rpc.ReadResults](t)(r.Route.Read(within(t), batch))
	loopback.Poison(batch)
	first := msgdef.ReadBy{Conv: pair, UID: 1, CSeq: 4}
	second := msgdef.ReadBy{Conv: pair, UID: 2, CSeq: 3}
	// Device 0 excepts nobody: the second reader hears itself.
	east := []event{readBy(eastEpoch, 20, first), readBy(eastEpoch, 20, second), readBy(eastEpoch, 10, second)}
	r.settle()
	if got := r.east.await(t, len(east)); !reflect.DeepEqual(got, east) {
		t.Errorf("east: %+v\nwant %+v", got, east)
	}
	west := []event{readBy(westEpoch, 11, first), readBy(westEpoch, 11, second)}
	if got := r.west.await(t, len(west)); !reflect.DeepEqual(got, west) {
		t.Errorf("west: %+v\nwant %+v", got, west)
	}
}

// receiptsOfStrangers tell nobody.
func receiptsOfStrangers(t *testing.T, r routeTest) {
	r.register(t, at("east", session(1, 1, 10), session(2, 1, 20), session(3, 1, 30)))
	group := msgdef.Conversation{15: 1}
	must[rpc.ReadResults](t)(r.Route.Read(within(t), &rpc.Reads{Items: []rpc.Read{
		{UID: 3, Conv: msgdef.Pair(1, 2), CSeq: 1},
		{UID: 3, Conv: group, CSeq: 1},
		{UID: 3, Conv: msgdef.Pair(3, 3), CSeq: 9}, // one's own, read on another device
	}}))
	want := []event{readBy(eastEpoch, 30, msgdef.ReadBy{Conv: msgdef.Pair(3, 3), UID: 3, CSeq: 9})}
	r.settle()
	if got := r.east.await(t, 1); !reflect.DeepEqual(got, want) {
		t.Errorf("told: %+v, want %+v", got, want)
	}
}
