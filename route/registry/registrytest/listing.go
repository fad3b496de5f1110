package registrytest

import (
	"strings"
	"testing"

	"github.com/sim-im/sim/route/registry"
)

// announce lists instances of two roles and regions for another process.
func announce(t *testing.T, place Place[Calm]) {
	w := place(t, patient)
	a, b := open(t, w), open(t, w)
	gates, routes := b.View(registry.Gate), b.View(registry.Route)
	g1, g2, g3, r1 := instance(registry.Gate, "1"), instance(registry.Gate, "2"), instance(registry.Gate, "3"), instance(registry.Route, "1")
	g1.Region, g3.Epoch, g3.Addr, r1.RPC = "eu", 1<<63+1, "[::1]:7", 65535
	for _, i := range []registry.Instance{g3, g1, g2, r1} {
		a.Announce(i)
	}
	lists(t, gates, g2, g3, g1) // "default" is before "eu"
	lists(t, routes, r1)
	lists(t, b.View(registry.Push))
	lists(t, a.View(registry.Gate), g2, g3, g1)
}

// withdraw takes an instance off the list long before its lease ends, once, and
// lets it come again.
func withdraw(t *testing.T, place Place[Calm]) {
	w := place(t, patient)
	a, b := open(t, w), open(t, w)
	view := b.View(registry.Route)
	i, j := instance(registry.Route, "i"), instance(registry.Route, "j")
	goes := a.Announce(i)
	a.Announce(j)
	lists(t, view, i, j)
	goes()
	lists(t, view, j)
	i.Epoch, i.Addr = i.Epoch-1, "elsewhere" // what was withdrawn stands in nobody's way
	a.Announce(i)
	lists(t, view, i, j)
	goes()
	a.Announce(instance(registry.Route, "k"))
	lists(t, view, i, j, instance(registry.Route, "k"))
}

// changed wakes who waits, and nobody else.
func changed(t *testing.T, place Place[Calm]) {
	w := place(t, patient)
	a := open(t, w)
	gates, routes := a.View(registry.Gate), a.View(registry.Route)
	before, other := gates.Changed(), routes.Changed()
	goes := a.Announce(instance(registry.Gate, "1"))
	<-before
	lists(t, gates, instance(registry.Gate, "1"))
	after := gates.Changed()
	goes()
	<-after
	lists(t, gates)
	select {
	case <-other:
		t.Error("a view of another role has changed")
	default:
	}
}

// crash leaves the listing to the end of the lease.
func crash(t *testing.T, place Place[Calm]) {
	w := place(t, brief)
	a, b := open(t, w), open(t, w)
	view := b.View(registry.IMService)
	dies, stays := instance(registry.IMService, "a"), instance(registry.IMService, "b")
	a.Announce(dies)
	b.Announce(stays)
	lists(t, view, dies, stays)
	closes(t, a)
	lists(t, view, stays)
	dies.Epoch++
	open(t, w).Announce(dies)
	lists(t, view, dies, stays)
}

// epochs lists the younger of two processes with the same name, and the older
// one when that is gone.
func epochs(t *testing.T, place Place[Calm]) {
	w := place(t, patient)
	a, b, c := open(t, w), open(t, w), open(t, w)
	view := c.View(registry.Gate)
	old, young := instance(registry.Gate, "g"), instance(registry.Gate, "g")
	old.Addr, young.Epoch = "old", 1<<60
	a.Announce(old)
	lists(t, view, old)
	goes := b.Announce(young)
	lists(t, view, young)
	twin := young // which comes later, and waits
	twin.Addr = "twin"
	a.Announce(twin)()
	older := old
	older.Addr = "older"
	a.Announce(older)
	a.Announce(instance(registry.Gate, "mark"))
	lists(t, view, young, instance(registry.Gate, "mark"))
	goes()
	until(t, "an older process is listed again", func() bool {
		now := view.Instances()
		return len(now) == 2 && now[0].ID == "g" && now[0].Epoch == old.Epoch
	})
}

// invalid instances are never listed.
func invalid(t *testing.T, place Place[Calm]) {
	w := place(t, patient)
	a := open(t, w)
	view := a.View(registry.Gate)
	for _, spoil := range []func(*registry.Instance){
		func(i *registry.Instance) { i.ID = "" },
		func(i *registry.Instance) { i.ID = strings.Repeat("x", 65) },
		func(i *registry.Instance) { i.ID = "\xff" },
		func(i *registry.Instance) { i.Region = "" },
		func(i *registry.Instance) { i.Role = "guest" },
		func(i *registry.Instance) { i.Addr = strings.Repeat("x", 300) },
	} {
		i := instance(registry.Gate, "spoiled")
		spoil(&i)
		a.Announce(i)()
		a.Announce(i)
	}
	odd := instance(registry.Gate, "{a}}/ :\n*"+strings.Repeat("x", 55)) // is valid
	a.Announce(odd)
	lists(t, view, odd)
}

// afterClose finds that a closed registry does nothing, and says so to nobody.
func afterClose(t *testing.T, place Place[Calm]) {
	w := place(t, patient)
	a := open(t, w)
	goes := a.Announce(instance(registry.Gate, "1"))
	lists(t, a.View(registry.Gate), instance(registry.Gate, "1"))
	closes(t, a)
	goes()
	closes(t, a)
	a.Announce(instance(registry.Gate, "2"))()
	b := open(t, w)
	lists(t, b.View(registry.Gate), instance(registry.Gate, "1"))
}
