package registrytest

import (
	"context"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/route/registry"
)

// lost loses everything: what lives comes back by itself, and a view that knew
// it never shows less.
func lost(t *testing.T, place Place[World]) {
	w := place(t, patient)
	a, b := open(t, w), open(t, w)
	g, h := instance(registry.Gate, "g"), instance(registry.Gate, "h")
	a.Announce(g)
	b.Announce(h)
	view := b.View(registry.Gate)
	lists(t, view, g, h)
	still := view.Changed()
	for range 3 {
		w.Lose()
		lists(t, open(t, w).View(registry.Gate), g, h)
	}
	healthy(t, b, true)
	select {
	case <-still:
		t.Errorf("the view has changed, now to %v", view.Instances())
	default:
	}
}

// away leaves views as they are, and everything else with an error that says so.
func away(t *testing.T, place Place[World]) {
	w := place(t, brief)
	a := open(t, w)
	i := instance(registry.Gate, "g")
	goes := a.Announce(i)
	view := a.View(registry.Gate)
	lists(t, view, i)
	healthy(t, a, true)
	w.Away()
	healthy(t, a, false)
	_, err := a.Online(context.Background(), []uint64{1})
	code(t, err, msgdef.CodeUnavailable)
	_, _, err = a.Sweep(context.Background(), "default", 1, 500)
	code(t, err, msgdef.CodeUnavailable)
	sleepFor(brief * 2)
	if now := view.Instances(); len(now) != 1 {
		t.Errorf("the view shows %v, want what it did", now)
	}
	w.Back()
	healthy(t, a, true)
	isOnline(t, a, []uint64{1})
	goes()
	lists(t, view)
}

// absent finds nothing to reach at first.
func absent(t *testing.T, place Place[World]) {
	w := place(t, patient)
	w.Away()
	a := open(t, w)
	view := a.View(registry.Route)
	i := instance(registry.Route, "r")
	a.Announce(i)
	healthy(t, a, false)
	if now := view.Instances(); len(now) != 0 {
		t.Errorf("the view shows %v out of nowhere", now)
	}
	w.Back()
	lists(t, view, i)
	healthy(t, a, true)
}

// imageLost asks for a snapshot after everything was lost.
func imageLost(t *testing.T, place Place[World]) {
	w := place(t, patient)
	g := openGate(t, w, instance(registry.Gate, "g"))
	g.snapshot(t, session(1, 1))
	g.change(t, many(session(2, 2)), nil)
	w.Lose()
	until(t, "the image answers", func() bool {
		want, err := g.try(lifeSign(g))
		if err == nil && want != 0 {
			t.Fatalf("an image that was lost wants %d", want)
		}
		return err == nil
	})
	isOnline(t, g.registry, []uint64{1, 2})
	g.snapshot(t, session(2, 2))
	isOnline(t, g.registry, []uint64{1, 2}, on(2, 2))
	g.change(t, many(session(3, 3)), nil)
	sweep(t, g.registry, 500, 0, false)
	isOnline(t, g.registry, []uint64{1, 2, 3}, on(2, 2), on(3, 3))
}

// imageAway repeats an update that failed.
func imageAway(t *testing.T, place Place[World]) {
	w := place(t, patient)
	g := openGate(t, w, instance(registry.Gate, "g"))
	g.snapshot(t, session(1, 1))
	w.Away()
	u := lifeSign(g)
	u.Seq, u.Began = 1, many(session(2, 2))
	_, err := g.try(u)
	code(t, err, msgdef.CodeUnavailable)
	w.Back()
	until(t, "the update passes, or a snapshot is wanted", func() bool {
		want, err := g.try(u)
		if err == nil && want == 0 { // everything was lost as well
			g.seq = 1
			g.snapshot(t, session(1, 1), session(2, 2))
		}
		return err == nil
	})
	isOnline(t, g.registry, []uint64{1, 2}, on(1, 1), on(2, 2))
}
