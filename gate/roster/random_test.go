package roster_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/gate/roster"
	"github.com/sim-im/sim/msgdef"
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
	maps.DeleteFunc(want, func(_ uint64, s rpc.Session) bool { return s.UID == 0 }) // topics
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
	keep := func(key uint64, s rpc.Session, stays bool) {
		images[0].mu.Lock()
		defer images[0].mu.Unlock()
		if delete(stay, key); stays {
			stay[key] = s
		}
	}
	go watchAndUnwatch(t, r, rand.New(rand.NewPCG(rnd.Uint64(), 3)), keep)
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
			keep(conn, session(conn), true)
		}()
		if rnd.IntN(3) == 0 {
			time.Sleep(rand.N(20 * time.Millisecond))
		}
	}
	time.Sleep(10 * time.Second)
	return stay
}

// watchAndUnwatch has ten big groups watched now and then.
func watchAndUnwatch(t *testing.T, r *roster.Roster, rnd *rand.Rand, keep func(uint64, rpc.Session, bool)) {
	watched := map[[16]byte]bool{}
	for range 300 {
		conv := msgdef.GroupConv(uint64(1 + rnd.IntN(10)))
		change := &rpc.SessionBatch{Gate: "g", Epoch: 1, Topics: [][16]byte{conv}}
		watched[conv] = !watched[conv] && r.Register(t.Context(), change) == nil
		if !watched[conv] {
			if err := r.Unregister(t.Context(), change); err != nil {
				t.Error(err)
			}
		}
		keep(topicKey(conv), rpc.Session{Conn: topicKey(conv)}, watched[conv])
		if rnd.IntN(3) == 0 {
			time.Sleep(rand.N(50 * time.Millisecond))
		}
	}
}
