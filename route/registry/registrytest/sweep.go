package registrytest

import (
	"context"
	"math"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/route/registry"
)

// sweep sweeps the default region and asserts what that did.
func sweep(t testing.TB, r registry.Registry, limit, want int, wantMore bool) {
	t.Helper()
	removed, more, err := r.Sweep(context.Background(), "default", 1, limit)
	if err != nil || removed != want || more != wantMore {
		t.Fatalf("Sweep of %d = %d, %v, %v, want %d, %v", limit, removed, more, err, want, wantMore)
	}
}

// sessions returns n of one device each.
func sessions(n int) []rpc.Session {
	all := make([]rpc.Session, n)
	for k := range all {
		all[k] = session(uint64(k+1), uint64(k+1))
	}
	return all
}

// sweepDead removes what a dead gate left, and nothing of a live one.
func sweepDead(t *testing.T, place Place[Calm]) {
	w := place(t, patient)
	g, h := openGate(t, w, instance(registry.Gate, "g")), openGate(t, w, instance(registry.Gate, "h"))
	h.snapshot(t, session(1, 10), session(2, 20))
	g.snapshot(t, sessions(1300)...)
	g.change(t, nil, many(session(7, 7), session(8, 8)))
	sweep(t, h.registry, 10_000, 0, false)
	g.withdraw()
	sweep(t, h.registry, 600, 600, true)
	sweep(t, h.registry, 698, 698, false)
	sweep(t, h.registry, 1, 0, false)
	isOnline(t, g.registry, []uint64{1, 2, 3}, on(1, 10), on(2, 20))
	h.change(t, many(session(3, 30)), nil)
	again := instance(registry.Gate, "g")
	again.Epoch++
	g = openGate(t, w, again)
	g.snapshot(t, session(4, 40))
	sweep(t, h.registry, 10_000, 0, false)
	isOnline(t, h.registry, []uint64{1, 2, 3, 4}, on(1, 10), on(2, 20), on(3, 30), on(4, 40))
}

// sweepReplaced removes what snapshots left, but not of one that is under way.
func sweepReplaced(t *testing.T, place Place[Calm]) {
	w := place(t, patient)
	g := openGate(t, w, instance(registry.Gate, "g"))
	g.snapshot(t, sessions(3)...)
	g.snapshot(t, sessions(2)...)
	sweep(t, g.registry, 500, 3, false)
	g.update(t, rpc.RosterUpdate{Snapshot: true, First: true, Began: sessions(5)})
	sweep(t, g.registry, 500, 0, false)
	g.update(t, rpc.RosterUpdate{Snapshot: true, Last: true, Began: many(session(6, 6))})
	isOnline(t, g.registry, []uint64{1, 6}, on(1, 1), on(6, 6))
	g.update(t, rpc.RosterUpdate{Snapshot: true, First: true, Began: sessions(4)})
	g.update(t, rpc.RosterUpdate{Snapshot: true, First: true, Last: true, Began: sessions(1)})
	sweep(t, g.registry, 500, 2+6+4, false)
	isOnline(t, g.registry, []uint64{1, 6}, on(1, 1))
}

// sweepRegions keeps masters out of one another's regions.
func sweepRegions(t *testing.T, place Place[Calm]) {
	w := place(t, patient)
	abroad := instance(registry.Gate, "h")
	abroad.Region = "abroad"
	g, h := openGate(t, w, instance(registry.Gate, "g")), openGate(t, w, abroad)
	g.snapshot(t, sessions(3)...)
	h.snapshot(t, sessions(4)...)
	g.withdraw()
	h.withdraw()
	sweep(t, g.registry, 500, 3, false)
	sweep(t, g.registry, 500, 0, false)
	removed, _, err := g.registry.Sweep(context.Background(), "abroad", 0, 500)
	if removed != 4 || err != nil {
		t.Errorf("Sweep of another region = %d, %v, want 4", removed, err)
	}
}

// terms fences masters that were followed by another one.
func terms(t *testing.T, place Place[Calm]) {
	w := place(t, patient)
	a, b := open(t, w), open(t, w)
	at := func(r registry.Registry, region string, term uint64, want msgdef.ErrorCode) {
		t.Helper()
		_, _, err := r.Sweep(context.Background(), region, term, 500)
		code(t, err, want)
	}
	at(a, "default", 0, msgdef.CodeOK)
	at(a, "default", 9, msgdef.CodeOK)
	at(b, "default", 9, msgdef.CodeOK)
	at(a, "default", 10, msgdef.CodeOK)
	at(b, "default", 9, msgdef.CodeForbidden)
	at(a, "default", math.MaxUint64-1, msgdef.CodeOK)
	at(a, "default", math.MaxUint64, msgdef.CodeOK)
	at(b, "default", math.MaxUint64-1, msgdef.CodeForbidden)
	at(b, "abroad", 3, msgdef.CodeOK)
	if n, m := stats(t, a).StaleTerms, stats(t, b).StaleTerms; n != 0 || m != 2 {
		t.Errorf("%d and %d stale terms counted, want 0 and 2", n, m)
	}
}

// sweepArguments refuses what no master asks for.
func sweepArguments(t *testing.T, place Place[Calm]) {
	r := open(t, place(t, patient))
	for region, limit := range map[string]int{"": 1, "default": 0, "\xff": 1} {
		_, _, err := r.Sweep(context.Background(), region, 1, limit)
		code(t, err, msgdef.CodeBadArgument)
	}
}
