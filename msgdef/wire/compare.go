package wire

import "math"

// EqualFloat32 compares the bits of two floats.
func EqualFloat32(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) }

// EqualFloat64 compares the bits of two floats.
func EqualFloat64(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }

// EqualLists compares two lists of structs by the Equal of their elements.
func EqualLists[E any](a, b []E, equal func(a, b *E) bool) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !equal(&a[i], &b[i]) {
			return false
		}
	}
	return true
}

// CloneList returns a copy of s in memory of its own, nil when s is empty.
func CloneList[E any](s []E) []E { return append([]E(nil), s...) }
