package kitex

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/loopback"
)

// farRoute is a route that writes down the useqs it is told.
type farRoute struct {
	refusal error
	mu      sync.Mutex
	got     []uint64
}

// Notify implements rpc.Notifier.
func (r *farRoute) Notify(_ context.Context, in *rpc.Notices) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, to := range in.To {
		if string(in.Messages[to.Message]) != string(number(to.USeq)) {
			return rpc.Errorf(msgdef.CodeMalformed, "another message")
		}
		r.got = append(r.got, to.USeq)
	}
	return r.refusal
}

// all returns what came.
func (r *farRoute) all() []uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got)
}

// refuse has the route answer so from now on.
func (r *farRoute) refuse(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refusal = err
}

// fleetOf serves routes in regions, and returns a notifier over them with the
// endpoints and servers, in their order.
func fleetOf(t *testing.T, routes map[string][]*farRoute) (*Notifier, map[Endpoint]*Server, map[Endpoint]*farRoute) {
	var endpoints static
	servers, far := make(map[Endpoint]*Server), make(map[Endpoint]*farRoute)
	for region, all := range routes {
		for _, r := range all {
			s := serve(t, ServerOptions{}, OfferRoute(nil, r, nil, nil, nil))
			e := Endpoint{ID: s.addr(), Addr: s.addr(), Region: region}
			endpoints = append(endpoints, e)
			servers[e], far[e] = s, r
		}
	}
	n, err := DialNotifier(ClientOptions{Self: "im", Endpoints: endpoints})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.Close)
	return n, servers, far
}

// tellAll notifies of messages from first up to, without, end.
func tellAll(t *testing.T, n *Notifier, first, end uint64) {
	t.Helper()
	for i := first; i < end; i++ {
		in := &rpc.Notices{Messages: [][]byte{number(i)}, To: []rpc.Recipient{{UID: 1, USeq: i}}}
		if err := n.Notify(within(t), in); err != nil {
			t.Fatal(err)
		}
		loopback.Poison(in)
	}
	if err := n.Flush(within(t)); err != nil {
		t.Fatal(err)
	}
}

// upTo is 0 up to, without, n.
func upTo(n uint64) (all []uint64) {
	for i := range n {
		all = append(all, i)
	}
	return all
}

// TestNotifierRegions tells one route of each region, in order.
func TestNotifierRegions(t *testing.T) {
	n, _, far := fleetOf(t, map[string][]*farRoute{"eu": {{}, {}, {}}, "us": {{}, {}}})
	tellAll(t, n, 0, 100)
	told := make(map[string]int)
	for e, r := range far {
		switch got := r.all(); {
		case slices.Equal(got, upTo(100)):
			told[e.Region]++
		case len(got) > 0:
			t.Errorf("a route of %s was told %v", e.Region, got)
		}
	}
	if told["eu"] != 1 || told["us"] != 1 {
		t.Errorf("routes told: %v", told)
	}
	if err := n.Health(); err != nil {
		t.Error(err)
	}
}

// TestNotifierFailover tells another route when the first is gone.
func TestNotifierFailover(t *testing.T) {
	n, servers, far := fleetOf(t, map[string][]*farRoute{"eu": {{}, {}, {}}})
	tellAll(t, n, 0, 10)
	order := n.all()[0].caller.balance.order()
	servers[order[0]].kill()
	tellAll(t, n, 10, 20)
	if got := far[order[0]].all(); !slices.Equal(got, upTo(10)) {
		t.Errorf("the first was told %v", got)
	}
	if got := far[order[1]].all(); !slices.Equal(got, upTo(20)[10:]) {
		t.Errorf("the second was told %v", got)
	}
	servers[order[1]].kill()
	servers[order[2]].kill()
	tellAll(t, n, 20, 30)
	if s := n.Stats(); s.Drops[DropLost] != 10 {
		t.Errorf("drops: %v", s.Drops)
	}
	if n.Health() == nil {
		t.Error("healthy without routes")
	}
}

// TestNotifierPartial asks others when a route does not know all sessions, and
// counts what no route was sure of.
func TestNotifierPartial(t *testing.T) {
	partial := rpc.Errorf(msgdef.CodeUnavailable, "not all sessions are known")
	n, _, far := fleetOf(t, map[string][]*farRoute{"eu": {{}, {}}})
	tellAll(t, n, 0, 1)
	order := n.all()[0].caller.balance.order()
	first, second := far[order[0]], far[order[1]]
	first.refuse(partial)
	tellAll(t, n, 1, 10)
	if !slices.Equal(first.all(), upTo(10)) || !slices.Equal(second.all(), upTo(10)[1:]) {
		t.Errorf("told %v and %v", first.all(), second.all())
	}
	if s := n.Stats(); len(s.Drops) != 0 {
		t.Errorf("drops: %v", s.Drops)
	}
	second.refuse(partial)
	tellAll(t, n, 10, 20)
	if s := n.Stats(); s.Drops[DropPartial] != 10 {
		t.Errorf("drops: %v", s.Drops)
	}
}

// TestNotifierNobody says so when there is no region.
func TestNotifierNobody(t *testing.T) {
	n, _, _ := fleetOf(t, nil)
	err := n.Notify(within(t), &rpc.Notices{Messages: [][]byte{{1}}, To: make([]rpc.Recipient, 4)})
	if rpc.CodeOf(err) != msgdef.CodeUnavailable || n.Stats().Drops[DropNobody] != 4 || n.Health() == nil {
		t.Errorf("%v, %+v, %v", err, n.Stats(), n.Health())
	}
}
