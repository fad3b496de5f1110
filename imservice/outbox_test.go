package imservice

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// push registers a token that names its device.
func (w *world) push(uid, device uint64) {
	w.t.Helper()
	w.must(w.server.RegisterPush(context.Background(), &rpc.PushToken{
		UID: uid, Device: device, Provider: msgdef.PushLog, Token: fmt.Append(nil, uid, "/", device),
	}))
}

// due takes rows that are there, for a minute.
func (w *world) due() []rpc.PushRow {
	w.t.Helper()
	reply, err := w.server.Due(context.Background(), &rpc.DueRequest{})
	w.must(err)
	return reply.Items
}

func (w *world) confirm(rows ...rpc.PushRow) {
	w.t.Helper()
	var outcomes rpc.PushOutcomes
	for _, row := range rows {
		outcomes.Items = append(outcomes.Items, rpc.PushOutcome{ID: row.ID, UID: row.UID, Device: row.Device})
	}
	w.must(w.server.Confirm(context.Background(), &outcomes))
}

// useqs are the messages that rows are for.
func useqs(rows []rpc.PushRow) (list []uint64) {
	for _, row := range rows {
		list = append(list, row.USeq)
	}
	return list
}

func wantUSeqs(t *testing.T, what string, rows []rpc.PushRow, want ...uint64) {
	t.Helper()
	if got := useqs(rows); !slices.Equal(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestOutboxOverARestart(t *testing.T) {
	w := newWorld(t, 2)
	a, b := w.users[0], w.users[1]
	w.push(b, 1)
	w.send(text(a, b, 1, "x"), text(a, b, 2, "x"), text(a, b, 3, "x"))
	rows := w.due()
	wantUSeqs(t, "all", rows, 1, 2, 3)
	w.confirm(rows[1])
	w.restart()
	if s := w.server.Stats(); s.WaitingPushes != 2 || s.HeldPushes != 0 || s.PushTokens != 1 {
		t.Errorf("after the restart: %+v", s)
	}
	w.send(text(a, b, 4, "x")) // the token is known again
	again := w.due()
	wantUSeqs(t, "due again", again, 1, 3, 4)
	w.confirm(again...)
	w.clock.add(-time.Hour) // a clock that was set back
	w.restart()
	w.send(text(a, b, 5, "x"))
	w.confirm(rows...) // of a push service that is late
	last := w.due()
	wantUSeqs(t, "the newest", last, 5)
	for _, old := range append(rows, again...) {
		if old.ID == last[0].ID {
			t.Errorf("id %d is given out twice", old.ID)
		}
	}
}

// While the log waits for the disk nothing is handed out, and who waits is
// woken when it is there.
func TestOutboxIsDurable(t *testing.T) {
	w, d := newDiskWorld(t, 2)
	a, b := w.users[0], w.users[1]
	w.push(b, 1)
	got := make(chan []rpc.PushRow, 1)
	go func() {
		reply, err := w.server.Due(context.Background(), &rpc.DueRequest{Wait: 60_000})
		if err != nil {
			t.Error(err)
			reply = new(rpc.DueReply)
		}
		got <- reply.Items
	}()
	d.hold()
	s := newSink()
	w.must(w.server.Send(t.Context(), &rpc.Sends{Items: []rpc.Send{text(a, b, 1, "x")}}, s))
	w.applied(b, 1)
	if rows := w.due(); len(rows) != 0 {
		t.Errorf("rows that are not durable: %+v", rows)
	}
	if head, err := w.store.OutboxHead(); err != nil || head == 0 {
		t.Errorf("nothing was applied: %v", err)
	}
	row := rpc.PushRow{ID: w.server.outbox.last, UID: b, Device: 1, USeq: 1}
	targets, err := w.server.Resolve(t.Context(), &rpc.PushRows{Items: []rpc.PushRow{row}})
	w.must(err)
	if !targets.Items[0].Obsolete {
		t.Errorf("a row that is not durable has the target %+v", targets.Items[0])
	}
	d.let(nil)
	s.wait(1)
	wantUSeqs(t, "who waited got", <-got, 1)
}

// TestOutboxIsBounded per device and in all; messages are sent all the same.
func TestOutboxIsBounded(t *testing.T) {
	w := newWorld(t, 4, func(o *Options) { o.Limits.PushesPerDevice, o.Limits.Pushes = 3, 5 })
	a, b, c, d := w.users[0], w.users[1], w.users[2], w.users[3]
	w.push(b, 1)
	w.push(c, 1)
	counter := uint64(0)
	send := func(to uint64, n int) {
		t.Helper()
		for range n {
			counter++
			if r := w.send(text(a, to, counter, "x"))[0]; r.Code != msgdef.CodeOK {
				t.Fatalf("outcome %+v", r)
			}
		}
	}
	send(b, 5)
	send(d, 5) // without a token
	rows := w.due()
	wantUSeqs(t, "of one device", rows, 1, 2, 3)
	w.restart() // the rows are counted again
	send(b, 1)
	send(c, 5)
	if s := w.server.Stats(); s.WaitingPushes != 5 || s.Unpushed != 1+3 {
		t.Errorf("in all: %+v", s)
	}
	w.confirm(rows[:2]...)
	send(b, 3)
	send(c, 1)
	wantUSeqs(t, "with room again", w.due(), 3, 1, 2, 7, 8)
	if s := w.server.Stats(); s.WaitingPushes != 5 || s.HeldPushes != 5 || s.Pushed != 2 {
		t.Errorf("then: %+v", s)
	}
}

func TestOldPushesExpire(t *testing.T) {
	w := newWorld(t, 2, func(o *Options) { o.Limits.PushesPerDevice = 5000 })
	a, b := w.users[0], w.users[1]
	w.push(b, 1)
	var items []rpc.Send
	for i := range uint64(maxPushes + 500) {
		items = append(items, text(a, b, i+1, "x"))
	}
	w.send(items...)
	old := w.due()
	w.clock.add(23 * time.Hour)
	w.send(text(a, b, 5000, "new"))
	w.must(w.server.outbox.expire())
	if n := w.server.Stats().WaitingPushes; n != len(items)+1 {
		t.Fatalf("%d rows, too early", n)
	}
	w.clock.add(time.Hour + time.Millisecond)
	targets, err := w.server.Resolve(t.Context(), &rpc.PushRows{Items: old[:1]})
	w.must(err)
	if !targets.Items[0].Obsolete {
		t.Errorf("a row a day old has the target %+v", targets.Items[0])
	}
	w.must(w.server.outbox.expire())
	if s := w.server.Stats(); s.WaitingPushes != 1 || s.HeldPushes != 0 || s.Expired != uint64(len(items)) {
		t.Errorf("%+v", s)
	}
	wantUSeqs(t, "left", w.due(), uint64(len(items)+1))
}

// A commit that a full store refused leaves no rows, and none that count.
func TestOutboxOfAFullDisk(t *testing.T) {
	w, d := newDiskWorld(t, 2)
	a, b := w.users[0], w.users[1]
	w.push(b, 1)
	d.free.Store(1)
	w.clock.add(time.Second)
	if r := w.send(text(a, b, 1, "x"))[0]; r.Code != msgdef.CodeStoreFull {
		t.Fatalf("outcome %+v", r)
	}
	if n := w.server.Stats().WaitingPushes; n != 0 {
		t.Errorf("%d rows", n)
	}
	d.free.Store(1 << 40)
	w.clock.add(time.Second)
	w.send(text(a, b, 1, "x"))
	wantUSeqs(t, "with room", w.due(), 1)
}

// TestDueEndsWithTheServer, however long it would wait.
func TestDueEndsWithTheServer(t *testing.T) {
	w := newWorld(t, 0)
	ended := make(chan error, 1)
	begun := make(chan struct{})
	go func() {
		close(begun)
		_, err := w.server.Due(context.Background(), &rpc.DueRequest{Wait: 60_000})
		ended <- err
	}()
	<-begun
	w.must(w.server.Close(t.Context()))
	if err := <-ended; rpc.CodeOf(err) != msgdef.CodeShuttingDown {
		t.Errorf("due: %v", err)
	}
}

// TestPushTokensChangeUnderLoad changes tokens while messages come. What the
// sequencer remembers afterwards is what the store has.
func TestPushTokensChangeUnderLoad(t *testing.T) {
	w := newWorld(t, 2)
	a, b := w.users[0], w.users[1]
	var wg sync.WaitGroup
	for device := range uint64(4) {
		wg.Go(func() {
			for range 50 {
				w.push(b, device+1)
				if err := w.server.RegisterPush(context.Background(), &rpc.PushToken{UID: b, Device: device + 1}); err != nil {
					t.Error(err)
				}
			}
			if device%2 == 0 {
				w.push(b, device+1)
			}
		})
	}
	stop := make(chan struct{})
	sent := make(chan uint64, 1)
	go func() {
		for counter := uint64(1); ; counter++ {
			select {
			case <-stop:
				sent <- counter
				return
			default:
				w.send(text(a, b, counter, "x"))
			}
		}
	}()
	wg.Wait()
	close(stop)
	counter := <-sent
	w.confirm(w.due()...)
	for rows := w.due(); len(rows) > 0; rows = w.due() {
		w.confirm(rows...)
	}
	w.send(text(a, b, counter, "x"))
	var devices []uint64
	for _, row := range w.due() {
		devices = append(devices, row.Device)
	}
	if !slices.Equal(devices, []uint64{1, 3}) || w.server.Stats().PushTokens != 2 {
		t.Errorf("devices %v, %d tokens", devices, w.server.Stats().PushTokens)
	}
}

// A token registered again every day is none of the oldest.
func TestRenewedPushTokensStay(t *testing.T) {
	w := newWorld(t, 1, func(o *Options) { o.Limits.DevicesPerUser = 2 })
	a := w.users[0]
	w.push(a, 1)
	w.clock.add(time.Hour)
	w.push(a, 2)
	w.push(a, 1) // known; its date stays
	w.clock.add(24 * time.Hour)
	w.push(a, 1) // renewed
	w.push(a, 3)
	for device, want := range map[uint64]bool{1: true, 2: false, 3: true} {
		if _, err := w.store.PushToken(a, device); (err == nil) != want {
			t.Errorf("device %d: %v", device, err)
		}
	}
	if n := w.server.Stats().PushTokens; n != 2 {
		t.Errorf("%d tokens", n)
	}
}

// The hot path of users without tokens takes no memory, whether anybody has one
// or not.
func TestNoTokensCostNothing(t *testing.T) {
	w := newWorld(t, 3)
	var c store.Commit
	write := func() { w.server.outbox.write(&c, store.OutboxRow{UID: w.users[1], USeq: 1}) }
	for _, tokens := range []int{0, 1} {
		if n := testing.AllocsPerRun(100, write); n != 0 {
			t.Errorf("%v allocations with %d tokens of others", n, tokens)
		}
		w.push(w.users[2], 1)
	}
	if len(c.Outbox) != 0 {
		t.Errorf("rows %+v", c.Outbox)
	}
}
