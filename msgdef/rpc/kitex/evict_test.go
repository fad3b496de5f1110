package kitex

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/loopback"
)

// evictor is a route that evicts if it is the master, and counts.
type evictor struct {
	refusal error
	users   atomic.Int64
}

// Evict implements rpc.Evictor.
func (e *evictor) Evict(_ context.Context, in *rpc.Evictions) error {
	if e.refusal == nil {
		e.users.Add(int64(len(in.Items)))
	}
	return e.refusal
}

// TestEvictRegions finds the master of every region, whatever the others say,
// and tells of regions that have none.
func TestEvictRegions(t *testing.T) {
	replica := func() *evictor {
		return &evictor{refusal: rpc.Errorf(msgdef.CodeUnavailable, "not the master")}
	}
	eu, us := new(evictor), new(evictor)
	batch := func() *rpc.Evictions {
		return &rpc.Evictions{Items: []rpc.Eviction{{UID: 1, Code: msgdef.CodeBanned}, {UID: 2, Device: 7, Code: msgdef.CodeRevoked, Detail: "x"}}}
	}
	for name, test := range map[string]struct {
		regions map[string][]*evictor
		dead    []string // regions with a route besides, which does not answer
		want    msgdef.ErrorCode
		told    int
	}{
		"masters":       {map[string][]*evictor{"eu": {replica(), eu, replica()}, "us": {replica(), us}}, nil, 0, 2},
		"a dead route":  {map[string][]*evictor{"eu": {eu}, "us": {us}}, []string{"eu", "us"}, 0, 2},
		"no master":     {map[string][]*evictor{"eu": {eu}, "us": {replica(), replica()}}, nil, msgdef.CodeUnavailable, 1},
		"a dead region": {map[string][]*evictor{"eu": {eu}}, []string{"us"}, msgdef.CodeUnavailable, 1},
		"nobody":        {nil, nil, msgdef.CodeUnavailable, 0},
	} {
		t.Run(name, func(t *testing.T) {
			eu.users.Store(0)
			us.users.Store(0)
			n := evictorsOf(t, test.regions, test.dead)
			in := batch()
			err := n.Evict(within(t), in)
			loopback.Poison(in)
			if rpc.CodeOf(err) != test.want {
				t.Errorf("%v, want %v", err, test.want)
			}
			if got := int(eu.users.Load()+us.users.Load()) / 2; got != test.told {
				t.Errorf("%d masters were told, want %d", got, test.told)
			}
		})
	}
}

// evictorsOf serves routes in regions, and returns a notifier over them.
func evictorsOf(t *testing.T, regions map[string][]*evictor, dead []string) *Notifier {
	t.Helper()
	var all static
	for region, routes := range regions {
		for _, r := range routes {
			addr := serve(t, ServerOptions{}, OfferRoute(nil, nil, nil, nil, r)).addr()
			all = append(all, Endpoint{ID: addr, Addr: addr, Region: region})
		}
	}
	for _, region := range dead {
		l := listen(t, "127.0.0.1:0")
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		all = append(all, Endpoint{ID: "dead", Addr: l.Addr().String(), Region: region})
	}
	slices.SortFunc(all, func(a, b Endpoint) int { return len(a.ID) - len(b.ID) })
	n, err := DialNotifier(ClientOptions{Self: "im", Endpoints: all})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.Close)
	return n
}
