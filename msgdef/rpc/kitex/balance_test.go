package kitex

import (
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"
)

// fleet returns n endpoints.
func fleet(n int) static {
	s := make(static, n)
	for i := range s {
		s[i] = Endpoint{ID: fmt.Sprint("r", i), Addr: fmt.Sprint("192.0.2.1:", 7000+i)}
	}
	return s
}

// newBalance returns a balance with a clock that stands until it is moved.
func newBalance(key string, endpoints Endpoints) (*balance, *time.Time) {
	now := time.Unix(1000, 0)
	return &balance{
		key: key, kind: "route", version: 1, endpoints: endpoints,
		logger: slog.New(slog.DiscardHandler), now: func() time.Time { return now },
	}, &now
}

// order returns the endpoints as a call that always fails would try them.
func (b *balance) order() (order []Endpoint) {
	for {
		e, ok := b.pick(order)
		if !ok {
			return order
		}
		order = append(order, e)
	}
}

// TestRendezvousFixed pins the choice: all processes of all builds must agree.
func TestRendezvousFixed(t *testing.T) {
	b, _ := newBalance("g1", fleet(5))
	var got []string
	for _, e := range b.order() {
		got = append(got, e.ID)
	}
	if want := "[r1 r3 r0 r2 r4]"; fmt.Sprint(got) != want {
		t.Errorf("order %v, want %v", got, want)
	}
}

// TestRendezvousSpread gives every endpoint its share of the callers, and moves
// only those whose endpoint went away.
func TestRendezvousSpread(t *testing.T) {
	const callers = 3000
	all := fleet(5)
	load := make(map[Endpoint]int)
	for i := range callers {
		b, _ := newBalance(fmt.Sprint("g", i), all)
		before, _ := b.pick(nil)
		load[before]++
		b.endpoints = all[:4]
		if after, _ := b.pick(nil); before != all[4] && after != before {
			t.Fatalf("caller %d moved from %v to %v", i, before, after)
		}
	}
	for e, n := range load {
		if n < callers/5*8/10 || n > callers/5*12/10 {
			t.Errorf("%v has %d of %d callers", e.ID, n, callers)
		}
	}
}

// TestPenalty tries an endpoint that failed last, for a while; then one call
// finds out.
func TestPenalty(t *testing.T) {
	b, now := newBalance("g1", fleet(3))
	first, _ := b.pick(nil)
	b.failed(first, errors.New("gone"))
	if order := b.order(); len(order) != 3 || order[2] != first {
		t.Errorf("order after a failure: %v", order)
	}
	*now = now.Add(penalty)
	if e, _ := b.pick(nil); e != first {
		t.Errorf("%v is asked after the penalty", e)
	}
	if e, _ := b.pick(nil); e == first {
		t.Error("more than one call finds out")
	}
	b.worked(first)
	if e, _ := b.pick(nil); e != first {
		t.Errorf("%v is asked after the first one answered", e)
	}
}

// TestChanges forgets the troubles of endpoints that are no more.
func TestChanges(t *testing.T) {
	all := fleet(3)
	b, _ := newBalance("g1", all)
	for _, e := range all {
		b.failed(e, errors.New("gone"))
	}
	b.endpoints = all[2:]
	b.failed(all[2], errors.New("gone"))
	if len(b.troubled) != 1 {
		t.Errorf("troubled: %v", b.troubled)
	}
	down, others := b.down()
	if len(down) != 1 || others || down[0].endpoint != all[2] {
		t.Errorf("down: %v, others %v", down, others)
	}
}

// TestOtherVersionLast prefers who speaks the same version.
func TestOtherVersionLast(t *testing.T) {
	all := fleet(3)
	b, _ := newBalance("g1", all)
	first, _ := b.pick(nil)
	for i := range all {
		if all[i] == first {
			all[i].RPC = 2
		} else {
			all[i].RPC = 1
		}
	}
	if order := b.order(); len(order) != 3 || order[2].RPC != 2 {
		t.Errorf("order: %v", order)
	}
}
