package route_test

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/route"
)

func decimal(n uint64) string { return strconv.FormatUint(n, 10) }

// honest is a gate that does as it is told and tells every route of it, each
// with a delay of its own, in order.
//
//	login ─▶ live ─▶ feed of each route ─▶ Update
//	Kick  ─▶ not live ─▶ the same
type honest struct {
	rpc.Gate
	id string

	mu      sync.Mutex
	highest uint64 // term
	live    map[uint64]rpc.Session
	feeds   []chan rpc.RosterUpdate
	seq     uint64
	deaf    bool
}

// newHonest returns a gate that routes know, and that nobody is logged in at.
func newHonest(t *testing.T, id string, routes map[string]*route.Server, seed *rand.Rand) *honest {
	h := &honest{id: id, live: map[uint64]rpc.Session{}, seq: 1}
	for _, name := range slices.Sorted(maps.Keys(routes)) {
		feed, delay := make(chan rpc.RosterUpdate, 1000), rand.New(rand.NewPCG(seed.Uint64(), 0))
		h.feeds = append(h.feeds, feed)
		routes[name].AttachGate(id, 1, h)
		wants(t, routes[name], &rpc.RosterUpdate{Gate: id, Epoch: 1, Seq: 1, Snapshot: true, First: true, Last: true}, 2)
		go func() {
			for u := range feed {
				time.Sleep(time.Duration(delay.IntN(300)) * time.Millisecond)
				if _, err := routes[name].Update(t.Context(), &u); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		}()
	}
	return h
}

// Kick implements rpc.Gate.
func (h *honest) Kick(_ context.Context, batch *rpc.Kicks) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.deaf:
		return rpc.Errorf(msgdef.CodeUnavailable, "lost on the way")
	case batch.Term < h.highest:
		return rpc.Errorf(msgdef.CodeForbidden, "term %d is over", batch.Term)
	}
	h.highest = batch.Term
	for _, k := range batch.Items {
		if s, ok := h.live[k.Conn]; ok {
			delete(h.live, k.Conn)
			h.tell(rpc.RosterUpdate{Ended: []rpc.Session{s}})
		}
	}
	return nil
}

// login begins a session.
func (h *honest) login(s rpc.Session) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.live[s.Conn] = s
	h.tell(rpc.RosterUpdate{Began: []rpc.Session{s}})
}

// tell queues an update for every route. The lock is held.
func (h *honest) tell(u rpc.RosterUpdate) {
	h.seq++
	u.Gate, u.Epoch, u.Seq = h.id, 1, h.seq
	for _, f := range h.feeds {
		f <- u
	}
}

// hear says whether kicks arrive.
func (h *honest) hear(yes bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.deaf = !yes
}

// TestPolicyRace logs users in at several gates at once, whose news reach the
// routes in any order, while kicks get lost and masters change. In the end
// exactly those are left whom the policy lets stay: the last of each place.
func TestPolicyRace(t *testing.T) {
	for _, policy := range []route.Policy{route.AllDevices, route.PerPlatform, route.OneDevice} {
		for seed := range uint64(6) {
			t.Run(fmt.Sprint(policy, seed), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { raceOf(t, policy, rand.New(rand.NewPCG(seed, uint64(policy)))) })
			})
		}
	}
}

func raceOf(t *testing.T, policy route.Policy, seed *rand.Rand) {
	var leases leases
	routes := map[string]*route.Server{}
	for _, name := range []string{"a", "b", "c"} {
		routes[name] = newRoute(t, route.Options{Region: "east", ID: name, Leases: &leases, Policy: policy})
		defer routes[name].Close()
	}
	gates := make([]*honest, 3)
	for i := range gates {
		gates[i] = newHonest(t, fmt.Sprint("g", i), routes, seed)
		defer func() {
			for _, f := range gates[i].feeds {
				close(f)
			}
		}()
	}
	last := map[string]born{} // of each place
	for conn := uint64(1); conn <= 200; conn++ {
		device := uint64(seed.IntN(6) + 1)
		s := rpc.Session{
			UID: uint64(seed.IntN(4) + 1), Device: device, Platform: msgdef.Platform(device % 3),
			Conn: conn, Since: int64(seed.IntN(1000)), // clocks of gates differ
		}
		g := gates[seed.IntN(len(gates))]
		g.login(s)
		place, next := place(policy, &s), born{s, g.id}
		if old, ok := last[place]; !ok || next.later(old) {
			last[place] = next
		}
		trouble(seed, &leases, gates)
		time.Sleep(time.Duration(seed.IntN(100)) * time.Millisecond)
	}
	leases.partition()
	for _, g := range gates {
		g.hear(true)
	}
	time.Sleep(time.Minute)
	checkSurvivors(t, last, gates, routes)
}

// place is what a policy gives to one session only.
func place(p route.Policy, s *rpc.Session) string {
	switch p {
	case route.PerPlatform:
		return fmt.Sprint(s.UID, "/", s.Platform)
	case route.OneDevice:
		return fmt.Sprint(s.UID)
	}
	return fmt.Sprint(s.UID, "/", s.Device)
}

// born is a session and the gate it began at.
type born struct {
	rpc.Session
	gate string
}

// later tells whether b began later than another, by the order that all routes
// go by.
func (b born) later(than born) bool {
	return cmp.Or(cmp.Compare(b.Since, than.Since), cmp.Compare(b.gate, than.gate), cmp.Compare(b.Conn, than.Conn)) > 0
}

// trouble now and then cuts the master off, or lets kicks get lost for a while.
func trouble(seed *rand.Rand, l *leases, gates []*honest) {
	switch seed.IntN(20) {
	case 0:
		l.partition([]string{"a", "b", "c"}[seed.IntN(3)])
	case 1:
		l.partition()
	case 2:
		gates[seed.IntN(len(gates))].hear(false)
	case 3:
		gates[seed.IntN(len(gates))].hear(true)
	}
}

// checkSurvivors compares who is connected, and whom routes know, with who
// should be.
func checkSurvivors(t *testing.T, last map[string]born, gates []*honest, routes map[string]*route.Server) {
	t.Helper()
	var want, got []uint64
	for _, s := range last {
		want = append(want, s.Conn)
	}
	for _, g := range gates {
		g.mu.Lock()
		got = append(got, slices.Collect(maps.Keys(g.live))...)
		g.mu.Unlock()
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("connected: %v\nwant       %v", got, want)
	}
	for name, r := range routes {
		if n := r.Stats().Sessions; n != len(want) {
			t.Errorf("%s knows %d sessions, want %d", name, n, len(want))
		}
	}
}
