package numbered

import (
	"iter"
	"math/bits"
)

// Table finds values by their number, which a value has or leads to. The zero V
// stands for none and must not be put in. Methods that change a table must not be
// called at the same time as others.
//
// It is an array in which a value stands at the place that its number hashes to,
// or after it with no empty place between. A quarter at least is empty, and an
// array that is full is copied to one of twice its length; it does not shrink.
// Whoever chooses numbers can make a table slow: give them out yourself.
type Table[V comparable] struct {
	number func(V) uint64
	slots  []V
	n      int
}

// least is the shortest array; lengths are powers of two.
const least = 8

// New returns an empty table. number returns the same for a value as long as it
// is in the table, and a different one for each.
func New[V comparable](number func(V) uint64) Table[V] { return Table[V]{number: number} }

// Len returns how many values there are.
func (t *Table[V]) Len() int { return t.n }

// Find returns the value with a number, or the zero V.
func (t *Table[V]) Find(number uint64) (v V) {
	if t.n == 0 {
		return v
	}
	return t.slots[t.place(number)]
}

// Put adds v. There must be none with its number.
func (t *Table[V]) Put(v V) {
	if 4*(t.n+1) > 3*len(t.slots) {
		t.grow()
	}
	t.slots[t.place(t.number(v))] = v
	t.n++
}

// Remove takes the value with a number out and returns it, or the zero V when
// there is none.
func (t *Table[V]) Remove(number uint64) (v V) {
	if t.n == 0 {
		return v
	}
	at := t.place(number)
	var none V
	if v = t.slots[at]; v == none {
		return v
	}
	t.n--
	t.close(at)
	return v
}

// close empties a place, and moves up what would not be found any more.
func (t *Table[V]) close(hole int) {
	var none V
	for at := t.after(hole); t.slots[at] != none; at = t.after(at) {
		// What stands where it hashes to, or between there and the hole, stays.
		if home := t.home(t.number(t.slots[at])); t.distance(home, at) >= t.distance(hole, at) {
			t.slots[hole], hole = t.slots[at], at
		}
	}
	t.slots[hole] = none
}

// All returns the values in no order. The table must not change meanwhile.
func (t *Table[V]) All() iter.Seq[V] {
	return func(yield func(V) bool) {
		var none V
		for _, v := range t.slots {
			if v != none && !yield(v) {
				return
			}
		}
	}
}

// place returns where a number is, or the empty place where it would be. There
// is an empty one.
func (t *Table[V]) place(number uint64) int {
	var none V
	at := t.home(number)
	for t.slots[at] != none && t.number(t.slots[at]) != number {
		at = t.after(at)
	}
	return at
}

// home is where a number hashes to.
func (t *Table[V]) home(number uint64) int {
	const odd = 0x9e3779b97f4a7c15 // 2^64 by the golden ratio
	return int(number * odd >> (64 - bits.Len(uint(len(t.slots)-1))))
}

func (t *Table[V]) after(at int) int { return (at + 1) & (len(t.slots) - 1) }

// distance is how many places to is after from.
func (t *Table[V]) distance(from, to int) int { return (to - from) & (len(t.slots) - 1) }

func (t *Table[V]) grow() {
	old := t.slots
	t.slots = make([]V, max(2*len(old), least))
	var none V
	for _, v := range old {
		if v != none {
			t.slots[t.place(t.number(v))] = v
		}
	}
}
