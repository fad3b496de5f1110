package roster_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/gate/roster"
	"github.com/sim-im/sim/msgdef/rpc"
)

// TestRandom lets sessions come and go while images fail in every way, come
// late, and are followed anew. When that is over all have the gate's sessions.
func TestRandom(t *testing.T) {
	for seed := range uint64(40) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { random(t, rand.New(rand.NewPCG(seed, 1))) })
		})
	}
}

func random(t *testing.T, rnd *rand.Rand) {
	r := roster.New(roster.Options{Gate: "g", Epoch: 1, Journal: 50 + rnd.IntN(200)})
	images := make([]*mirror, 3)
	for i := range images {
		odds, dice := rnd.IntN(6), rand.New(rand.NewPCG(rnd.Uint64(), 2))
		images[i] = newMirror(t)
		images[i].behave(0, func() trouble {
			if dice.IntN(10) >= odds {
				return none
			}
			return trouble(dice.IntN(int(kinds)))
		})
		r.Follow(fmt.Sprint(i), images[i], i < 2)
	}
	synctest.Wait()
	want := churn(t, r, rnd, images)
	for _, m := range images {
		m.behave(0, nil)
	}
	time.Sleep(10 * time.Second)
	for i, m := range images {
		if got := m.sessions(); !maps.Equal(got, want) {
			t.Errorf("image %d has %d sessions, the gate %d", i, len(got), len(want))
		}
	}
	if s := r.Stats(); s.Sessions != len(want) || s.Waiting != 0 {
		t.Errorf("%+v", s)
	}
	if err := r.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// churn makes connections come and go, and returns those that stay. A login
// that fails is ended, as a gate does.
func churn(t *testing.T, r *roster.Roster, rnd *rand.Rand, images []*mirror) map[uint64]rpc.Session {
	stay := map[uint64]rpc.Session{}
	for conn := uint64(1); conn < 800; conn++ {
		switch rnd.IntN(12) {
		case 0:
			i := rnd.IntN(len(images))
			r.Follow(fmt.Sprint(i), images[i], i < 2)
		case 1:
			time.Sleep(rand.N(time.Second))
		}
		stays := rnd.IntN(2) == 0
		go func() {
			if err := r.Register(t.Context(), batch(conn)); err != nil || !stays {
				time.Sleep(rand.N(100 * time.Millisecond))
				unregister(t, r, conn)
				return
			}
			images[0].mu.Lock()
			defer images[0].mu.Unlock()
			stay[conn] = session(conn)
		}()
		if rnd.IntN(3) == 0 {
			time.Sleep(rand.N(20 * time.Millisecond))
		}
	}
	time.Sleep(3 * time.Second)
	return stay
}
