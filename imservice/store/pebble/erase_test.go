package pebble_test

import (
	"testing"

	"github.com/sim-im/sim/imservice/store/pebble"
	"github.com/sim-im/sim/imservice/store/pebble/pebbletest"
	"github.com/sim-im/sim/imservice/store/storetest"
)

var _ storetest.Tracer = (*place)(nil)

// Traces implements storetest.Tracer. A table is the first byte of its keys.
func (p *place) Traces(t *testing.T, uid uint64) map[string]int {
	traces := pebbletest.Traces(t, p.mem, p.options().Dir, uid)
	known := map[string]bool{}
	for _, table := range pebble.Tables() {
		known[string(table)] = true
		traces[string(table)] += 0
	}
	for table := range traces {
		if !known[table] {
			t.Errorf("table %q is not in Tables", table)
		}
	}
	return traces
}

// Stays implements storetest.Tracer.
func (*place) Stays() map[string]string {
	return map[string]string{
		"s": "what was decided, for good", "u": "the account, for good", "n": "its name, for good",
		"t": "of stores from before there were families", "k": "of stores from before there were families",
		"g": "groups, whose owner goes with a commit", "h": "names of groups", "T": "times; goes with L",
		"l": "regions", "\x00": "what the store is", "w": "goes with a commit",
	}
}
