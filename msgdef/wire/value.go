package wire

import "unsafe"

// AppendBool appends 1 for true and 0 for false.
func AppendBool(dst []byte, v bool) []byte {
	if v {
		return append(dst, 1)
	}
	return append(dst, 0)
}

// String returns b as a string that shares its bytes: it is valid, and
// unchanging, only as long as b is.
func String(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// Resize returns a slice of n elements, s itself when it has room. The elements
// hold whatever they held; a decoder overwrites each.
func Resize[E any](s []E, n int) []E {
	if n <= cap(s) {
		return s[:n]
	}
	return make([]E, n)
}

// MaxExpansion bounds the memory of a decode, in bytes allocated per byte of
// input. The worst definition is a list of empty []byte: a 24-byte header for
// one byte of length; the rest is the allocator's rounding and the copy that an
// owning decode makes.
const MaxExpansion = 64
