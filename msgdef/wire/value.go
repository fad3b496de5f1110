package wire

import (
	"slices"
	"unsafe"
)

// AppendBool appends 1 for true and 0 for false.
func AppendBool(dst []byte, v bool) []byte { return append(dst, Bool(v)) }

// Bool returns 1 for true and 0 for false.
func Bool(v bool) byte {
	if v {
		return 1
	}
	return 0
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

// Strides returns the start of b as n elements of type A, an array of bytes. It
// panics when b is shorter: a decoder compares the count with b before.
func Strides[A any](b []byte, n int) []A {
	var a A
	b = b[:n*int(unsafe.Sizeof(a))]
	return unsafe.Slice((*A)(unsafe.Pointer(unsafe.SliceData(b))), n) // an array of bytes may stand anywhere
}

// Extend appends n elements of type A, an array of bytes, to dst, and returns
// where they stand: the caller writes each byte of them.
func Extend[A any](dst []byte, n int) (extended []byte, elements []A) {
	var a A
	size := n * int(unsafe.Sizeof(a))
	extended = slices.Grow(dst, size)[:len(dst)+size]
	return extended, Strides[A](extended[len(dst):], n)
}

// MaxExpansion bounds the memory of a decode, in bytes allocated per byte of
// input. The worst definition is a list of empty []byte: a 24-byte header for
// one byte of length; the rest is the allocator's rounding and the copy that an
// owning decode makes.
const MaxExpansion = 64
