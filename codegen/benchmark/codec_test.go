package benchmark

import (
	"testing"

	"github.com/sim-im/sim/msgdef/wire/wiretest"
)

// TestCodec proves that what is measured is correct, bounded in memory and,
// with buffers to use again, free of allocations.
func TestCodec(t *testing.T) {
	for _, m := range samples() {
		wiretest.RoundTrip(t, m, &wiretest.Steady{})
		wiretest.RoundTrip(t, m, &wiretest.Crowd{})
		wiretest.Bounded(t, m)
		wiretest.NoAllocations(t, m)
	}
}

// TestAllocations asserts what the benchmark reports of memory.
func TestAllocations(t *testing.T) {
	most := map[string]float64{"message=Chat/op=decode": 1, "message=Chats/op=decode": 1}
	for _, c := range cases() {
		c.generated() // the list grows once
		if n := testing.AllocsPerRun(10, c.generated); n > most[c.name] {
			t.Errorf("%s allocates %v times, more than %v", c.name, n, most[c.name])
		}
	}
}
