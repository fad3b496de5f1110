package wiretest

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/sim-im/sim/msgdef/wire"
)

// slack is what a decode may allocate beyond a multiple of its input: an error,
// and what measuring costs.
const slack = 1 << 10

// Bounded feeds hostile bytes to the decoder of m, a zero value. It fails when
// one panics, or allocates more than wire.MaxExpansion bytes per byte of input.
func Bounded(t *testing.T, m Message) {
	t.Helper()
	for name, input := range hostile(m) {
		most := uint64(len(input)*wire.MaxExpansion + slack)
		if got := allocatedBy(m, func(fresh Message) { _ = fresh.Decode(input) }, most); got > most {
			t.Errorf("%s: %d bytes of input allocated %d, more than %d", name, len(input), got, most)
		}
	}
}

// allocatedBy returns how much decode allocates, whatever it says of its input.
// The runtime counts what other goroutines allocate too, so a result above most
// is measured again.
func allocatedBy(m Message, decode func(fresh Message), most uint64) uint64 {
	least := uint64(math.MaxUint64)
	for range 5 {
		var before, after runtime.MemStats
		fresh := New(m)
		runtime.ReadMemStats(&before)
		decode(fresh)
		runtime.ReadMemStats(&after)
		if least = min(least, after.TotalAlloc-before.TotalAlloc); least <= most {
			break
		}
	}
	return least
}

// hostile returns inputs that a decoder of m might overspend on.
func hostile(m Message) map[string][]byte {
	inputs := map[string][]byte{}
	for depth := range 3 {
		crowd := encoded(m, &Crowd{Depth: depth})
		inputs[fmt.Sprintf("crowd at depth %d", depth)] = crowd
		for cut := range min(len(crowd), 128) { // some end right after a count
			inputs[fmt.Sprintf("crowd at depth %d, cut to %d", depth, cut)] = crowd[:cut]
		}
	}
	for _, b := range []byte{0x00, 0x01, 0x7f, 0x80, 0xff} {
		inputs[fmt.Sprintf("only %#x", b)] = bytes.Repeat([]byte{b}, 4096)
	}
	valid := encoded(m, &Steady{})
	rng := rand.New(rand.NewPCG(1, 2))
	for i := 0; i < 200 && len(valid) > 0; i++ {
		mutated := bytes.Clone(valid)
		for range 1 + i%4 {
			mutated[rng.IntN(len(mutated))] = byte(rng.Uint32())
		}
		inputs[fmt.Sprintf("mutation %x", mutated)] = mutated
	}
	return inputs
}

// encoded returns the bytes of a message like m, filled from src.
func encoded(m Message, src Source) []byte {
	filled := New(m)
	Fill(filled, src)
	return filled.Append(nil)
}
