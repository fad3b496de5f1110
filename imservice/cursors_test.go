package imservice

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

func saveCursor(t *testing.T, w *world, items ...rpc.Cursor) {
	t.Helper()
	w.must(w.server.SaveCursors(context.Background(), &rpc.Cursors{Items: items}))
}

func TestCursors(t *testing.T) {
	w := newWorld(t, 0, func(o *Options) { o.OpenRegistration = true })
	a := login(t, w, "alice", "pw", 1).UID
	b := login(t, w, "bob", "pw", 1).UID
	for i := range uint64(4) {
		w.send(text(a, b, i+1, "x"))
	}
	saveCursor(t, w, rpc.Cursor{UID: b, Device: 1, USeq: 3}, rpc.Cursor{UID: b, Device: 2, USeq: 1},
		rpc.Cursor{UID: 99, Device: 1, USeq: 1}, rpc.Cursor{UID: b, USeq: 1})
	saveCursor(t, w, rpc.Cursor{UID: b, Device: 1, USeq: 2}) // late
	saveCursor(t, w, rpc.Cursor{UID: a, Device: 1, USeq: 100})
	w.restart()
	w.send(text(a, b, 5, "x")) // a cursor beyond the head must not have been kept
	for _, c := range []struct {
		name         string
		device, want uint64
	}{{"bob", 1, 3}, {"bob", 2, 1}, {"bob", 3, 0}, {"alice", 1, 4}} {
		if got := login(t, w, c.name, "pw", c.device).Cursor; got != c.want {
			t.Errorf("%s's device %d is at %d, want %d", c.name, c.device, got, c.want)
		}
	}
}

func TestDevicesAreBounded(t *testing.T) {
	w := newWorld(t, 2, func(o *Options) { o.Limits.DevicesPerUser = 3 })
	a, b := w.users[0], w.users[1]
	w.send(text(a, b, 1, "x"))
	for device := range uint64(3) {
		saveCursor(t, w, rpc.Cursor{UID: b, Device: device + 1, USeq: 1})
		w.clock.add(time.Second)
	}
	saveCursor(t, w, rpc.Cursor{UID: b, Device: 1, USeq: 1}) // seen again
	w.clock.add(time.Second)
	saveCursor(t, w, rpc.Cursor{UID: b, Device: 4, USeq: 1}, rpc.Cursor{UID: b, Device: 5, USeq: 1})
	for device, want := range map[uint64]bool{1: true, 2: false, 3: false, 4: true, 5: true} {
		_, err := w.store.Cursor(b, device)
		if got := !errors.Is(err, store.ErrNotFound); got != want {
			t.Errorf("device %d is kept: %v, want %v", device, got, want)
		}
	}
	// Nobody else's were touched, and what a dropped device sent is still known.
	if r := w.send(text(a, b, 1, "y"))[0]; r.Code != msgdef.CodeConflict {
		t.Errorf("outcome %+v", r)
	}
}

// TestLoginsDateADevice writes the date of a device anew when it is a step old,
// or lies in the future, and not before.
func TestLoginsDateADevice(t *testing.T) {
	w := newWorld(t, 1)
	uid, born := w.users[0], w.clock.now().UnixMilli()
	counted := &countingDevices{Store: w.store}
	d := devices{store: counted, limit: 3}
	for _, c := range []struct {
		name   string
		at     int64 // after the first login, in milliseconds
		seen   int64
		writes int
	}{
		{"new", 0, 0, 1},
		{"at once", 0, 0, 1},
		{"within the step", seenStep - 1, 0, 1},
		{"a step later", seenStep, seenStep, 2},
		{"within the next", 2*seenStep - 1, seenStep, 2},
		{"with the clock set back", 0, seenStep, 3}, // dates merge by maximum
		{"long after", 10 * seenStep, 10 * seenStep, 4},
	} {
		cursor, err := d.login(uid, 1, born+c.at)
		w.must(err)
		row, err := w.store.Cursor(uid, 1)
		w.must(err)
		if cursor != 0 || row.Seen != born+c.seen || counted.writes != c.writes {
			t.Errorf("%s: cursor %d, seen at %d after %d writes; want %d, %d", c.name, cursor, row.Seen-born, counted.writes, c.seen, c.writes)
		}
	}
}

// countingDevices is a store that counts writes of devices.
type countingDevices struct {
	store.Store
	writes int
}

// SaveDevices implements store.Store.
func (c *countingDevices) SaveDevices(rows []store.DeviceRow) error {
	c.writes++
	return c.Store.SaveDevices(rows)
}

// TestALoginThatWritesNothing sees cursors of the same minute, and brings back a
// device that was dropped meanwhile.
func TestALoginThatWritesNothing(t *testing.T) {
	w := newWorld(t, 0, openRegistration)
	uid := login(t, w, "alice", "pw", 1).UID
	bob := login(t, w, "bob", "pw", 1).UID
	for i := range uint64(3) {
		w.send(text(bob, uid, i+1, "x"))
	}
	saveCursor(t, w, rpc.Cursor{UID: uid, Device: 1, USeq: 2})
	if r := login(t, w, "alice", "pw", 1); r.Cursor != 2 {
		t.Errorf("the cursor is %d, want 2", r.Cursor)
	}
	w.must(w.store.DropDevice(uid, 1))
	if r := login(t, w, "alice", "pw", 1); r.Cursor != 0 {
		t.Errorf("the cursor of a dropped device is %d", r.Cursor)
	}
	if _, err := w.store.Cursor(uid, 1); err != nil {
		t.Errorf("a device that was dropped and logged in: %v", err)
	}
}
