package imservice

import (
	"fmt"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

func TestRepeatsGetTheSameOutcome(t *testing.T) {
	w := newWorld(t, 2)
	a, b := w.users[0], w.users[1]
	it := text(a, b, 5, "once")
	// In the same batch, in a later one, and after a restart.
	got := w.send(it, text(a, b, 6, "next"), it, it)
	first := got[0]
	again := []rpc.SendResult{got[2], got[3], w.send(it)[0]}
	w.restart()
	again = append(again, w.send(it)[0], w.send(it, it)[1])
	for i, r := range again {
		if r != first {
			t.Errorf("repeat %d: %+v, want %+v", i, r, first)
		}
	}
	if n := len(w.inbox(b)); n != 2 {
		t.Fatalf("%d rows, want 2", n)
	}
}

func TestRepeatsAreNotNotified(t *testing.T) {
	w := newWorld(t, 2)
	it := text(w.users[0], w.users[1], 1, "once")
	w.send(it, it)
	w.send(it)
	w.close()
	if n := len(w.notices.all()); n != 2 {
		t.Fatalf("%d notices, want 2", n)
	}
}

func TestOtherContentUnderTheSameName(t *testing.T) {
	w := newWorld(t, 3)
	a, b, c := w.users[0], w.users[1], w.users[2]
	kind := text(a, b, 1, "x")
	kind.Kind = msgdef.ContentCustom
	others := []rpc.Send{text(a, b, 1, "y"), text(a, c, 1, "x"), kind}
	check := func(when string, results []rpc.SendResult) {
		t.Helper()
		for i, r := range results {
			if r.Code != msgdef.CodeConflict || r.CSeq != 0 || r.USeq != 0 {
				t.Errorf("%s, %d: %+v", when, i, r)
			}
		}
	}
	got := w.send(append([]rpc.Send{text(a, b, 1, "x")}, others...)...)
	check("same batch", got[1:])
	check("later", w.send(others...))
	w.restart()
	check("after a restart", w.send(others...))
	if n := len(w.inbox(a)); n != 1 {
		t.Fatalf("%d rows, want 1", n)
	}
}

// A counter below the highest that never became a message is a new one: two
// goroutines of a client may overtake each other.
func TestCountersOutOfOrder(t *testing.T) {
	w := newWorld(t, 2)
	a, b := w.users[0], w.users[1]
	for _, counters := range [][]uint64{{9, 3}, {4, 4, 1}, {8}} {
		var items []rpc.Send
		for _, n := range counters {
			items = append(items, text(a, b, n, "x"))
		}
		for _, r := range w.send(items...) {
			if r.Code != msgdef.CodeOK {
				t.Fatalf("outcome %+v", r)
			}
		}
	}
	w.restart()
	w.send(text(a, b, 2, "x"), text(a, b, 8, "x"))
	want := []uint64{9, 3, 4, 1, 8, 2}
	rows := w.inbox(b)
	if len(rows) != len(want) {
		t.Fatalf("%d rows, want %d", len(rows), len(want))
	}
	for i, row := range rows {
		if m := decode(t, row.Message); m.Counter != want[i] {
			t.Errorf("row %d has counter %d, want %d", i, m.Counter, want[i])
		}
	}
}

// Devices count for themselves, and so do users.
func TestNamesOfDifferentDevices(t *testing.T) {
	w := newWorld(t, 2)
	a, b := w.users[0], w.users[1]
	second := text(a, b, 1, "y")
	second.Device = 2
	for _, r := range w.send(text(a, b, 1, "x"), second, text(b, a, 1, "z")) {
		if r.Code != msgdef.CodeOK {
			t.Fatalf("outcome %+v", r)
		}
	}
	if n := len(w.inbox(a)); n != 3 {
		t.Fatalf("%d rows, want 3", n)
	}
}

// A refused send is not remembered: its counter may be used again.
func TestRefusedNamesAreFree(t *testing.T) {
	w := newWorld(t, 2)
	a, b := w.users[0], w.users[1]
	got := w.send(text(a, 99, 1, "x"), text(a, b, 1, "x"), text(a, b, 1, "x"))
	if got[0].Code != msgdef.CodeUnknownUser || got[1].Code != msgdef.CodeOK || got[1] != got[2] {
		t.Fatalf("outcomes %+v", got)
	}
}

// More devices in one batch than the cache has room for: what the batch itself
// holds must still be recognised.
func TestMarksOfTheBatchStay(t *testing.T) {
	w := newWorld(t, 2, func(o *Options) { o.Limits.CachedDevices = 2 })
	var items []rpc.Send
	for device := range uint64(50) {
		it := text(w.users[0], w.users[1], 1, "x")
		it.Device = device + 1
		items = append(items, it)
	}
	got := w.send(append(items, items...)...)
	for i := range items {
		if got[i] != got[i+len(items)] {
			t.Fatalf("%d: %+v, then %+v", i, got[i], got[i+len(items)])
		}
	}
	if n := len(w.inbox(w.users[1])); n != len(items) {
		t.Fatalf("%d rows, want %d", n, len(items))
	}
}

// Batches are used again; what an earlier one held must not show.
func TestRepeatsOverManyBatches(t *testing.T) {
	w := newWorld(t, 2)
	var items []rpc.Send
	var first []rpc.SendResult
	for n := range uint64(30) {
		it := text(w.users[0], w.users[1], n+1, fmt.Sprint(n))
		got := w.send(append([]rpc.Send{it, it}, items...)...)
		if got[0].Code != msgdef.CodeOK || got[0] != got[1] {
			t.Fatalf("outcomes %+v", got[:2])
		}
		for i, r := range got[2:] {
			if r != first[i] {
				t.Fatalf("repeat %d: %+v, want %+v", i, r, first[i])
			}
		}
		items, first = append(items, it), append(first, got[0])
	}
}
