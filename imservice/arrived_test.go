package imservice

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// acks has a device say how far it has its user's inbox, and returns what arrived.
func (w *world) acks(uid, device, useq uint64) (list []string) {
	w.t.Helper()
	arrived, err := w.server.Arrived(context.Background(), &rpc.Cursors{Items: []rpc.Cursor{{UID: uid, Device: device, USeq: useq}}})
	w.must(err)
	for _, a := range arrived.Items {
		peer, _ := msgdef.Peer(a.Conv, a.UID)
		list = append(list, fmt.Sprintf("%d's %d at %d", peer, a.CSeq, a.UID))
	}
	return list
}

// deliveredTo is what somebody is told with a page of a pair.
func (w *world) deliveredTo(by, to uint64) uint64 {
	w.t.Helper()
	return w.conv(rpc.ConvPull{UID: by, Conv: msgdef.Pair(by, to)}).Delivered
}

// TestDelivered has devices acknowledge, and their user read: what a sender is told
// follows from that, never goes back, and is the same after a restart.
func TestDelivered(t *testing.T) {
	w := newCrowd(t, 4, 3, msgdef.GroupInfo{}) // 1 is the group's in all inboxes
	for device := range uint64(2) {
		_, err := w.server.devices.login(2, device+1, w.clock.now().UnixMilli())
		w.must(err)
	}
	w.say(1, 2, 10, 3)  // 2 to 4 of 2
	w.says(1, 20, "x")  // 5
	w.say(3, 2, 10, 2)  // 6, 7
	w.say(1, 2, 21, 60) // 8 to 67
	want := func(what string, got any, want string) {
		t.Helper()
		if fmt.Sprint(got) != want {
			t.Errorf("%s: %v, want %s", what, got, want)
		}
	}
	want("nothing acknowledged", w.deliveredTo(1, 2), "0")
	want("one device", w.acks(2, 1, 3), "[1's 2 at 2]")
	want("for the sender", w.deliveredTo(1, 2), "2")
	want("for another", w.deliveredTo(3, 2), "0")
	want("again", w.acks(2, 1, 3), "[]")
	want("less", w.acks(2, 1, 2), "[]")
	want("the other device, less", w.acks(2, 2, 2), "[1's 1 at 2]")
	want("never back", w.deliveredTo(1, 2), "2")
	want("a group, and two pairs", w.acks(2, 1, 7), "[3's 2 at 2 1's 3 at 2]")
	w.restart()
	want("restarted", fmt.Sprint(w.deliveredTo(1, 2), w.deliveredTo(3, 2)), "3 2")
	want("what was never given", w.acks(2, 1, 1<<40), "[1's 63 at 2]")
	want("of a device that nobody knows", w.acks(2, 9, 68), "[]")
	want("of nobody", w.acks(99, 1, 68), "[]")
	want("all", w.deliveredTo(1, 2), "63")
	want("a stranger", w.conv(rpc.ConvPull{UID: 4, Conv: msgdef.Pair(1, 2)}).Delivered, "0")
	want("an older page", w.conv(rpc.ConvPull{UID: 1, Conv: msgdef.Pair(1, 2), Before: 5}).Delivered, "0")
	want("to oneself", w.deliveredTo(1, 1), "0")

	w.say(1, 2, 100, 200)
	want("much waits", w.deliveredTo(1, 2), "63")
	w.read(2, msgdef.Pair(1, 2), 100)
	want("read", w.deliveredTo(1, 2), "100")
	w.say(3, 2, 100, 200)
	want("much of others waits, all of one time", w.deliveredTo(3, 2), "2")
	w.say(2, 1, 10, 1)
	want("answered", w.deliveredTo(1, 2), "264")
}

// TestDeliveredToABlocker has nobody hear of a receiver whom they block.
func TestDeliveredToABlocker(t *testing.T) {
	w := newWorld(t, 3)
	_, err := w.server.devices.login(2, 1, w.clock.now().UnixMilli())
	w.must(err)
	w.say(1, 2, 1, 1)
	w.say(3, 2, 1, 1)
	block := event(1, 9, msgdef.Stream(1), msgdef.ContentBlock, &msgdef.Block{UID: 2})
	if r := w.send(block)[0]; r.Code != msgdef.CodeOK {
		t.Fatal(r.Code)
	}
	if got := fmt.Sprint(w.acks(2, 1, 2)); got != "[3's 1 at 2]" {
		t.Errorf("told of %s", got)
	}
}

// TestDeliveredBelowAFloor asks of what is in no inbox any more.
func TestDeliveredBelowAFloor(t *testing.T) {
	w := newWorld(t, 2, keeping(day, 7*day, 0))
	_, err := w.server.devices.login(2, 1, w.clock.now().UnixMilli())
	w.must(err)
	w.say(1, 2, 1, 5)
	w.acks(2, 1, 2)
	w.clock.add(2 * day)
	w.say(1, 2, 6, 1)
	w.sweep()
	if got := w.deliveredTo(1, 2); got != 0 {
		t.Errorf("delivered %d", got)
	}
	w.acks(2, 1, 6)
	if got := w.deliveredTo(1, 2); got != 6 {
		t.Errorf("delivered %d, in the end", got)
	}
}

// TestArrivedEnds gives up with its caller.
func TestArrivedEnds(t *testing.T) {
	w := newWorld(t, 1)
	ctx, cancel := context.WithTimeout(t.Context(), -time.Second)
	defer cancel()
	if _, err := w.server.Arrived(ctx, new(rpc.Cursors)); rpc.CodeOf(err) != msgdef.CodeTimeout {
		t.Error(err)
	}
	if _, err := w.server.Arrived(t.Context(), &rpc.Cursors{Items: make([]rpc.Cursor, maxCommit+1)}); rpc.CodeOf(err) != msgdef.CodeBadArgument {
		t.Error(err)
	}
}
