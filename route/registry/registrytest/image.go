package registrytest

import (
	"context"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/route/registry"
)

// wants tells apart what an image has and what it lacks.
func wants(t *testing.T, place Place[Calm]) {
	g := openGate(t, place(t, patient), instance(registry.Gate, "g"))
	if want := g.alive(t); want != 0 {
		t.Fatalf("a new image wants %d, not a snapshot", want)
	}
	if want := g.update(t, rpc.RosterUpdate{Seq: 1, Began: many(session(1, 1))}); want != 0 {
		t.Fatalf("a new image takes an update and wants %d", want)
	}
	isOnline(t, g.registry, []uint64{1})
	g.seq = 5
	g.snapshot(t, session(1, 10))
	isOnline(t, g.registry, []uint64{1, 2}, on(1, 10))
	if want := g.alive(t); want != 6 {
		t.Fatalf("the image wants %d, want 6", want)
	}
	if want := g.update(t, rpc.RosterUpdate{Seq: 7, Began: many(session(2, 20))}); want != 6 {
		t.Fatalf("over a gap the image wants %d, want 6", want)
	}
	isOnline(t, g.registry, []uint64{1, 2}, on(1, 10))
	g.change(t, many(session(2, 20), session(3, 30)), many(session(1, 10), session(3, 30)))
	isOnline(t, g.registry, []uint64{1, 2, 3}, on(2, 20))
	g.seq++
	if want := g.alive(t); want != 7 {
		t.Fatalf("after a sign of life with number 7, which it missed, the image wants %d", want)
	}
}

// parts are not seen before the last one is there.
func parts(t *testing.T, place Place[Calm]) {
	g := openGate(t, place(t, patient), instance(registry.Gate, "g"))
	part := func(first, last bool, seq uint64, s rpc.Session) uint64 {
		t.Helper()
		return g.update(t, rpc.RosterUpdate{Seq: seq, Snapshot: true, First: first, Last: last, Began: many(s)})
	}
	if part(true, false, 3, session(1, 1)) == 0 || part(false, false, 3, session(2, 2)) == 0 {
		t.Error("a snapshot that is under way is asked for again")
	}
	isOnline(t, g.registry, []uint64{1, 2, 3})
	if want := part(false, true, 3, session(3, 3)); want != 4 {
		t.Errorf("after the last part the image wants %d, want 4", want)
	}
	isOnline(t, g.registry, []uint64{1, 2, 3}, on(1, 1), on(2, 2), on(3, 3))
	if want := part(false, true, 3, session(4, 4)); want != 0 {
		t.Errorf("a part without a first one: wants %d, want a snapshot", want)
	}
	part(true, false, 9, session(5, 5))
	isOnline(t, g.registry, []uint64{1, 5}, on(1, 1))
	if want := part(false, true, 8, session(6, 6)); want != 0 {
		t.Errorf("a part of another snapshot: wants %d, want a snapshot", want)
	}
	part(true, false, 9, session(7, 7)) // begins anew: 5 is forgotten
	part(false, true, 9, session(8, 8))
	isOnline(t, g.registry, []uint64{1, 2, 3, 4, 5, 6, 7, 8}, on(7, 7), on(8, 8))
}

// replaces makes a snapshot the only truth.
func replaces(t *testing.T, place Place[Calm]) {
	w := place(t, patient)
	g, h := openGate(t, w, instance(registry.Gate, "g")), openGate(t, w, instance(registry.Gate, "h"))
	h.snapshot(t, session(9, 90))
	g.snapshot(t, session(1, 1), session(2, 2))
	g.change(t, many(session(3, 3)), nil)
	g.snapshot(t, session(2, 2), session(4, 4))
	isOnline(t, h.registry, []uint64{1, 2, 3, 4, 9}, on(2, 2), on(4, 4), on(9, 90))
	g.change(t, many(session(1, 5)), many(session(2, 2)))
	isOnline(t, h.registry, []uint64{1, 2, 3, 4, 9}, on(1, 5), on(4, 4), on(9, 90))
	g.snapshot(t)
	isOnline(t, h.registry, []uint64{1, 2, 3, 4, 9}, on(9, 90))
}

// repeats of the same epoch change nothing.
func repeats(t *testing.T, place Place[Calm]) {
	g := openGate(t, place(t, patient), instance(registry.Gate, "g"))
	g.snapshot(t, session(1, 1))
	g.change(t, many(session(2, 2)), nil)
	g.change(t, nil, many(session(2, 2)))
	if want := g.update(t, rpc.RosterUpdate{Seq: 1, Began: many(session(2, 2))}); want != 3 {
		t.Errorf("after a repeat the image wants %d, want 3", want)
	}
	isOnline(t, g.registry, []uint64{1, 2}, on(1, 1))
	g.change(t, many(session(1, 1)), many(session(7, 7)))
	g.snapshot(t, session(1, 1))
	g.snapshot(t, session(1, 1))
	isOnline(t, g.registry, []uint64{1, 2}, on(1, 1))
}

// refuses what is not of the gate's process, and counts what is of an older one.
func refuses(t *testing.T, place Place[Calm]) {
	w := place(t, patient)
	g := openGate(t, w, instance(registry.Gate, "g"))
	g.snapshot(t, session(1, 1))
	for _, tt := range []struct {
		gate  string
		epoch uint64
		want  msgdef.ErrorCode
	}{
		{"g", 6, msgdef.CodeForbidden},
		{"g", 8, msgdef.CodeBadArgument},
		{"h", 7, msgdef.CodeBadArgument},
	} {
		_, err := g.image.Update(context.Background(), &rpc.RosterUpdate{
			Gate: tt.gate, Epoch: tt.epoch, Snapshot: true, First: true, Last: true,
		})
		code(t, err, tt.want)
	}
	if n := stats(t, g.registry).StaleEpochs; n != 1 {
		t.Errorf("%d stale epochs counted, want 1", n)
	}
	isOnline(t, g.registry, []uint64{1}, on(1, 1))
	stranger := g.registry.Image(instance(registry.Gate, "stranger"))
	_, err := stranger.Update(context.Background(), &rpc.RosterUpdate{Gate: "stranger", Epoch: 7})
	code(t, err, msgdef.CodeUnavailable)
}

// superseded is a gate whose name another process has by now.
func superseded(t *testing.T, place Place[Calm]) {
	w := place(t, patient)
	old := openGate(t, w, instance(registry.Gate, "g"))
	old.snapshot(t, session(1, 1), session(2, 1))
	next := instance(registry.Gate, "g")
	next.Epoch++
	young := openGate(t, w, next)
	isOnline(t, young.registry, []uint64{1, 2})
	young.snapshot(t, session(1, 1)) // the same number of connection, of another epoch
	for range 2 {
		_, err := old.try(rpc.RosterUpdate{Seq: 1, Began: many(session(3, 3)), Ended: many(session(1, 1))})
		code(t, err, msgdef.CodeForbidden)
	}
	if n := stats(t, old.registry).StaleEpochs; n != 2 {
		t.Errorf("%d stale epochs counted, want 2", n)
	}
	isOnline(t, young.registry, []uint64{1, 2, 3}, on(1, 1))
	young.withdraw()
	isOnline(t, young.registry, []uint64{1, 2, 3})
}

// large keeps as many sessions as an update may carry.
func large(t *testing.T, place Place[Calm]) {
	const n = 10_000
	w := place(t, patient)
	g, h := openGate(t, w, instance(registry.Gate, "g")), openGate(t, w, instance(registry.Gate, "h"))
	h.snapshot(t, session(n, 1))
	all := make([]rpc.Session, n)
	for k := range all {
		all[k] = session(uint64(k+1), uint64(k+1))
	}
	g.snapshot(t, all...)
	ask := make([]uint64, 0, registry.MaxUIDs)
	var want []msgdef.Online
	for uid := uint64(20); uid <= n; uid += n / registry.MaxUIDs {
		ask = append(ask, uid)
		want = append(want, on(uid, int64(uid)))
	}
	want[len(want)-1].Since = 1 // of h
	isOnline(t, h.registry, ask, want...)
	g.change(t, nil, all[:n-20])
	isOnline(t, h.registry, ask, want[len(want)-1])
	g.change(t, all[:n-20], nil)
	isOnline(t, h.registry, ask, want...)
}

// stats returns the counts of a registry, which is not part of the contract.
func stats(t testing.TB, r registry.Registry) registry.Stats {
	t.Helper()
	counts, ok := r.(interface{ Stats() registry.Stats })
	if !ok {
		t.Fatalf("%T counts nothing", r)
	}
	return counts.Stats()
}
