package kinds

import (
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/sim-im/sim/msgdef/wire/wiretest"
)

// chance is a wiretest.Source of random values; some are as long as allowed.
type chance struct{ *rand.Rand }

func (c chance) Count(_, limit int) int { return c.size(limit, 4) }

func (c chance) Blob(limit int) []byte { return make([]byte, c.size(limit, 20)) }

func (c chance) Text(limit int) string {
	text := ""
	for n := c.size(limit, 20); len(text) < n; {
		text += "xyz"
	}
	return text[:min(len(text), limit)]
}

func (c chance) size(limit, common int) int {
	if c.IntN(10) == 0 {
		return limit
	}
	return c.IntN(min(limit, common) + 1)
}

// each runs a test for every struct with a codec.
func each(t *testing.T, test func(t *testing.T, m wiretest.Message)) {
	for _, m := range samples() {
		t.Run(reflect.TypeOf(m).Elem().Name(), func(t *testing.T) { test(t, m) })
	}
}

func TestRoundTrip(t *testing.T) {
	source := chance{rand.New(rand.NewPCG(1, 2))}
	each(t, func(t *testing.T, m wiretest.Message) {
		for range 100 {
			wiretest.RoundTrip(t, m, source)
		}
	})
}

func TestBoundedMemory(t *testing.T) { each(t, wiretest.Bounded) }

func TestNoAllocations(t *testing.T) { each(t, wiretest.NoAllocations) }
