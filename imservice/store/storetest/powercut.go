package storetest

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/sim-im/sim/imservice/store"
)

// seedVariable names the environment variable that repeats a random test.
const seedVariable = "STORETEST_SEED"

// randomly runs a test with random numbers rounds times. It says how a failed
// round can be repeated.
func randomly(t *testing.T, rounds int, test func(t *testing.T, rng *rand.Rand)) {
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv(seedVariable); text != "" {
		var err error
		seed, err = strconv.ParseUint(text, 10, 64)
		ok(t, err)
		rounds = 1
	}
	if testing.Short() || slow {
		rounds = (rounds + 9) / 10
	}
	for i := range rounds {
		seed := seed + uint64(i)
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			defer func() {
				if t.Failed() {
					t.Logf("repeat with %s=%d", seedVariable, seed)
				}
			}()
			test(t, rand.New(rand.NewPCG(seed, 0)))
		})
	}
}

// testPowerCut cuts the power of a working store again and again.
func testPowerCut(t *testing.T, place func(t *testing.T) Opener) {
	if _, can := place(t).(PowerCutter); !can {
		t.Skip("the engine has no place whose power can be cut")
	}
	t.Run("one wait for all", func(t *testing.T) {
		testOneWaitForAll(t, place(t).(PowerCutter), (*book).next)
	})
	t.Run("an empty commit waits for all", func(t *testing.T) {
		testOneWaitForAll(t, place(t).(PowerCutter), func(*book) *store.Commit { return new(store.Commit) })
	})
	randomly(t, 40, func(t *testing.T, rng *rand.Rand) {
		var at = place(t)
		book := newBook(rng.Uint64())
		for life := range 1 + rng.IntN(4) {
			at = cutPower(t, at.(PowerCutter), book, life, rng)
		}
		book.check(t, open(t, at), len(book.commits))
	})
}

// testOneWaitForAll waits for the last of several commits only, which may be
// empty: the ones before it are durable then.
func testOneWaitForAll(t *testing.T, at PowerCutter, last func(*book) *store.Commit) {
	s := open(t, at)
	b := newBook(12)
	for range 3 {
		_, err := s.Apply(b.next())
		ok(t, err)
	}
	n := len(b.commits)
	p, err := s.Apply(last(b))
	ok(t, err)
	ok(t, p.Wait())
	for seed := range uint64(8) {
		if found := b.found(t, open(t, at.PowerCut(seed))); found < n {
			t.Fatalf("%d of %d commits are there", found, n)
		}
	}
}

// cutPower lets a store work for a while, cuts its power in the middle, and
// checks what the next start finds. The book then ends where the store does.
func cutPower(t *testing.T, at PowerCutter, b *book, life int, rng *rand.Rand) Opener {
	s := open(t, at)
	load := startLoad(s, b, fmt.Sprintf("life %d user", life))
	load.waitFor(rng.IntN(60))
	promised := load.soFar() // before the cut, so all of it must outlast it
	after := at.PowerCut(rng.Uint64())
	load.stop(t)
	ok(t, s.Close())

	s = open(t, after)
	ok(t, s.Health())
	b.rewind(promised.check(t, s, b))
	for range 3 { // it goes on where it stopped
		commit(t, s, b.next())
	}
	b.check(t, s, len(b.commits))
	ok(t, s.Close())
	return after
}
