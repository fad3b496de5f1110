package difftest

import (
	"encoding/hex"
	"math/rand/v2"
	"slices"

	"github.com/sim-im/sim/msgdef/vectors/layout"
)

// line is a question to a program.
type line struct {
	of    string // struct
	why   string // how the bytes came about
	bytes []byte
}

// String is the line as a program reads it.
func (l line) String() string { return l.of + " " + hex.EncodeToString(l.bytes) }

// whole is how many valid encodings of each struct are made, of which a few
// are cut at every byte.
const whole, cut = 60, 3

// lines returns count questions about the structs of set, the same for the
// same seed: as many of each struct as of any other.
func lines(set *layout.Set, count int, seed uint64) (all []line) {
	rng := rand.New(rand.NewPCG(seed, 0))
	for i, name := range set.Names {
		all = append(all, about(set.Structs[name], rng, (i+1)*count/len(set.Names)-len(all))...)
	}
	return all
}

// about returns count questions about s.
func about(s *layout.Struct, rng *rand.Rand, count int) (list []line) {
	add := func(why string, b []byte) { list = append(list, line{s.Name, why, b}) }
	for range whole {
		add("valid", s.Random(rng))
	}
	for _, f := range s.Faults() {
		if f.Class != layout.Short {
			add(f.Why, f.Bytes)
		}
	}
	known := slices.Clone(list)
	for _, l := range known[:cut] {
		for n := range min(len(l.bytes), 200) {
			add("cut", l.bytes[:n])
		}
	}
	for len(list) < count {
		one, other := known[rng.IntN(len(known))], known[rng.IntN(len(known))]
		add("mutation of "+one.why, mutate(rng, one.bytes, other.bytes))
	}
	return list[:min(len(list), count)]
}
