package node

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/gate/roster"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/route"
)

// unsteady is a route behind a bad network: calls fail before or after they
// were served, or are served when something else was since. Now and then it
// starts anew, or loses sight of a gate.
type unsteady struct {
	t    *testing.T
	dice *rand.Rand

	mu    sync.Mutex
	calm  bool
	route *route.Server
}

// idle is the far end of a route that nothing is sent to.
type idle struct{ rpc.Gate }

// Kick implements rpc.Gate.
func (idle) Kick(context.Context, *rpc.Kicks) error { return nil }

// restart makes the route a new one that knows the gates.
func (u *unsteady) restart() {
	s, err := route.New(route.Options{Service: struct{ rpc.Service }{}, Devices: 1000})
	if err != nil {
		u.t.Fatal(err)
	}
	for _, id := range []string{"g", "h"} {
		s.AttachGate(id, 1, idle{})
	}
	s.Lives([]string{"g", "h"})
	u.route = s
}

// Update implements rpc.Roster.
func (u *unsteady) Update(ctx context.Context, update *rpc.RosterUpdate) (*rpc.RosterReply, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	broken := rpc.Errorf(msgdef.CodeUnavailable, "trouble")
	if u.calm {
		return u.route.Update(ctx, update)
	}
	switch u.dice.IntN(20) {
	case 0:
		return nil, broken
	case 1:
		_, _ = u.route.Update(ctx, update)
		return nil, broken
	case 2:
		late := *update
		time.AfterFunc(rand.N(2*time.Second), func() {
			u.mu.Lock()
			defer u.mu.Unlock()
			_, _ = u.route.Update(context.Background(), &late)
		})
		return nil, broken
	case 3:
		u.restart()
	case 4:
		u.route.DetachGate("g", 1)
		u.route.AttachGate("g", 1, idle{})
	}
	return u.route.Update(ctx, update)
}

// TestImagesOfRoutes lets sessions of two gates come and go while the routes
// that follow them are unsteady. In the end all know who is there.
func TestImagesOfRoutes(t *testing.T) {
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { imagesOfRoutes(t, seed) })
		})
	}
}

func imagesOfRoutes(t *testing.T, seed uint64) {
	rnd := rand.New(rand.NewPCG(seed, 0))
	routes := make([]*unsteady, 3)
	for i := range routes {
		routes[i] = &unsteady{t: t, dice: rand.New(rand.NewPCG(seed, uint64(i)))}
		routes[i].restart()
	}
	var want []msgdef.Online
	for n, id := range []string{"g", "h"} {
		r := roster.New(roster.Options{Gate: id, Epoch: 1, Journal: 100})
		defer r.Close(t.Context())
		for i, u := range routes {
			r.Follow(fmt.Sprint(i), u, true)
		}
		synctest.Wait()
		want = append(want, comeAndGo(t, r, id, uint64(1000*n), rnd)...)
	}
	for _, u := range routes {
		u.mu.Lock()
		u.calm = true
		u.mu.Unlock()
	}
	time.Sleep(10 * time.Second)
	for i, u := range routes {
		got, err := u.route.Presence(t.Context(), new(rpc.PresenceRequest))
		if err != nil || !reflect.DeepEqual(got.Users, want) {
			t.Errorf("route %d knows %d, want %d: %v", i, len(got.Users), len(want), err)
		}
		if stats := u.route.Stats(); !stats.Complete || stats.Sessions != len(want) {
			t.Errorf("route %d: %+v", i, stats)
		}
	}
}

// comeAndGo logs users in and some of them out, and returns who stays. A login
// that failed is taken back, as a gate does.
func comeAndGo(t *testing.T, r *roster.Roster, gate string, base uint64, rnd *rand.Rand) (stay []msgdef.Online) {
	var mu sync.Mutex
	for n := range uint64(400) {
		uid := base + n + 1
		batch := &rpc.SessionBatch{Gate: gate, Epoch: 1, Items: []rpc.Session{{UID: uid, Device: 1, Conn: n, Since: int64(uid)}}}
		stays := rnd.IntN(2) == 0
		go func() {
			if err := r.Register(t.Context(), batch); err == nil && stays {
				mu.Lock()
				defer mu.Unlock()
				stay = append(stay, msgdef.Online{UID: uid, Devices: 1, Since: int64(uid)})
				return
			}
			time.Sleep(rand.N(100 * time.Millisecond))
			if err := r.Unregister(t.Context(), batch); err != nil {
				t.Error(err)
			}
		}()
		time.Sleep(rand.N(20 * time.Millisecond))
	}
	time.Sleep(5 * time.Second)
	mu.Lock()
	defer mu.Unlock()
	slices.SortFunc(stay, func(a, b msgdef.Online) int { return int(a.UID) - int(b.UID) })
	return stay
}
