package gate_test

import (
	"testing"
	"time"

	"github.com/sim-im/sim/gate"
	"github.com/sim-im/sim/msgdef"
)

// window asks for members of a group, and returns who came.
func (c *client) window(ask msgdef.WatchPresence) (uids []uint64, more bool) {
	c.t.Helper()
	c.send(&ask)
	for {
		var m msgdef.WatchingPresence
		c.expect(&m)
		for i := range m.List {
			uids = append(uids, m.List[i].UID)
		}
		if m.Last {
			return uids, m.More
		}
	}
}

// TestPresenceWindow moves through a group of more members than a session may watch,
// hears of those in the window, and of who is named for as long as they are.
func TestPresenceWindow(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		c := w.login("alice", 1)
		club := msgdef.GroupConv(5)
		c.send(&msgdef.WatchPresence{Req: 1, Via: club, UIDs: []uint64{3}})
		c.expect(new(msgdef.WatchingPresence))
		for _, want := range []struct {
			after       uint64
			limit       uint16
			first, last uint64
			more        bool
		}{{0, 0, 1, 500, true}, {500, 600, 501, 1000, true}, {1000, 0, 1001, 1200, false}, {0, 2, 1, 2, true}, {1100, 50, 1101, 1150, true}} {
			uids, more := c.window(msgdef.WatchPresence{Req: 2, Via: club, After: want.after, Limit: want.limit, Window: true})
			if uids[0] != want.first || uids[len(uids)-1] != want.last || uint64(len(uids)) != want.last-want.first+1 || more != want.more {
				t.Errorf("%+v: %d to %d, more: %v", want, uids[0], uids[len(uids)-1], more)
			}
		}
		time.Sleep(5 * time.Second)
		if n := w.far.streams(); n != 51 {
			t.Errorf("%d are watched, want the window and who was named", n)
		}
		for _, uid := range []uint64{2, 1101, 3} {
			w.far.moves(uid, 1)
		}
		w.tell(2, 1101)
		c.hears(1101, 1)
		w.tell(3)
		c.hears(3, 1)
		if uids, more := c.window(msgdef.WatchPresence{Req: 3, Via: club, After: 1200, Window: true}); len(uids) > 0 || more {
			t.Errorf("behind the last: %d, more: %v", uids, more)
		}
		time.Sleep(5 * time.Second)
		if n := w.far.streams(); n != 1 {
			t.Errorf("%d are watched, want who was named", n)
		}
	})
}

// TestPresenceWindowIsBounded has windows that do not take the place of others count.
func TestPresenceWindowIsBounded(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		c := w.login("alice", 1)
		club := msgdef.GroupConv(5)
		for _, after := range []uint64{0, 500} {
			c.window(msgdef.WatchPresence{Req: 1, Via: club, After: after})
		}
		c.send(&msgdef.WatchPresence{Req: 2, Via: club, After: 1000})
		c.expectError(msgdef.TypeWatchPresence, msgdef.CodeManyWatched)
		c.send(&msgdef.WatchPresence{Req: 2, Via: club, UIDs: []uint64{5}, Window: true})
		c.expectError(msgdef.TypeWatchPresence, msgdef.CodeBadArgument)
		c.window(msgdef.WatchPresence{Req: 3, Via: club, After: 1000, Window: true})
		time.Sleep(5 * time.Second)
		if n := w.far.streams(); n != 200 {
			t.Errorf("%d are watched", n)
		}
	})
}

// TestPresenceIsCounted counts for a user as often as they may ask, on all their
// devices, and not where the route cannot.
func TestPresenceIsCounted(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		c, second := w.login("alice", 1), w.login("alice", 2)
		ask := &msgdef.GetPresence{Req: 1, Via: msgdef.GroupConv(5)}
		c.send(ask)
		c.expectError(msgdef.TypeGetPresence, msgdef.CodeUnavailable)
		c.send(&msgdef.GetPresence{Req: 1, Via: ask.Via, UIDs: []uint64{1}})
		c.expectError(msgdef.TypeGetPresence, msgdef.CodeBadArgument)
		w.far.counted.Store(77)
		for range 9 {
			c.send(ask)
			var m msgdef.Presence
			c.expect(&m)
			if m.Total != uint32(w.far.uid("alice")) || m.Members != farMembers || m.At != 77 {
				t.Errorf("%+v", m)
			}
		}
		second.send(ask)
		second.expectError(msgdef.TypeGetPresence, msgdef.CodeBusy)
		time.Sleep(6 * time.Second)
		second.send(ask)
		second.expect(new(msgdef.Presence))
		c.send(ask)
		c.expectError(msgdef.TypeGetPresence, msgdef.CodeBusy)
		w.wantCounted(10, map[gate.Uncounted]uint64{gate.CountUnavailable: 1, gate.CountMalformed: 1, gate.CountRate: 2})
	})
}
