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
