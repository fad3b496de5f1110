package route

// fanout gathers one batch per gate. It keeps its memory between uses, so that
// a steady stream allocates nothing.
type fanout[B any] struct {
	gates   []*gate
	batches []*B // beyond the length of gates: spare ones, empty
	last    int  // index used last: neighbours often go to the same gate
}

// to returns the batch for a gate. At its first use it is as empty as it was
// left at the last reset.
func (f *fanout[B]) to(g *gate) *B {
	if f.last < len(f.gates) && f.gates[f.last] == g {
		return f.batches[f.last]
	}
	for i, other := range f.gates {
		if other == g {
			f.last = i
			return f.batches[i]
		}
	}
	f.last = len(f.gates)
	f.gates = append(f.gates, g)
	if len(f.batches) < len(f.gates) {
		f.batches = append(f.batches, new(B))
	}
	return f.batches[f.last]
}

// reset forgets the gates. The caller has emptied their batches.
func (f *fanout[B]) reset() {
	clear(f.gates)
	f.gates = f.gates[:0]
}
