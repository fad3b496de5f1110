package numbered

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestTable does the same to a table and to a map.
func TestTable(t *testing.T) {
	for name, number := range map[string]func(*rand.Rand) uint64{
		"counted":   func(r *rand.Rand) uint64 { return 1 + r.Uint64N(300) },
		"one shard": func(r *rand.Rand) uint64 { return 64 * (1 + r.Uint64N(300)) },
		"any":       func(r *rand.Rand) uint64 { return 1 + r.Uint64N(300)*0x9e3779b97f4a7c15 },
	} {
		rng := rand.New(rand.NewPCG(1, 2))
		table, want := New(func(v uint64) uint64 { return v }), map[uint64]bool{}
		for range 100_000 {
			v := number(rng)
			if rng.IntN(100) < 45+len(want)/10 { // between empty and full
				if got := table.Remove(v); (got == v) != want[v] || got != 0 && got != v {
					t.Fatalf("%s: removed %d for %d", name, got, v)
				}
				delete(want, v)
			} else if !want[v] {
				table.Put(v)
				want[v] = true
			}
			other := number(rng)
			if got := table.Find(other); (got == other) != want[other] || table.Len() != len(want) {
				t.Fatalf("%s: found %d for %d among %d of %d", name, got, other, table.Len(), len(want))
			}
		}
		all := slices.Collect(table.All())
		for _, v := range all {
			delete(want, v)
		}
		if len(all) != table.Len() || len(want) != 0 {
			t.Errorf("%s: %d of %d values, without %d", name, len(all), table.Len(), len(want))
		}
	}
}

// TestTableIsSmall: at most three words for each value, whatever the numbers.
func TestTableIsSmall(t *testing.T) {
	table := New(func(v uint64) uint64 { return v })
	for v := range uint64(100_000) {
		table.Put(v + 1)
		if most := 3 * table.Len(); cap(table.slots) > max(most, least) {
			t.Fatalf("%d places for %d values", cap(table.slots), table.Len())
		}
	}
}
