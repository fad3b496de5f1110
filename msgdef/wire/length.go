package wire

import (
	"math"
	"math/bits"
)

// NoLimit is for lengths that are bounded only by the bytes that hold them.
const NoLimit = math.MaxInt

// maxLen is the size of the longest length in bytes.
const maxLen = 5

// AppendLen appends n, at least 0 and below 2³¹, as a canonical uvarint: seven
// bits per byte, the lowest first, the top bit set on all but the last.
func AppendLen(dst []byte, n int) []byte {
	if n < 0x80 {
		return append(dst, byte(n))
	}
	if n < ShortLimit {
		return append(dst, byte(n)|0x80, byte(n>>7))
	}
	return appendLongLen(dst, n)
}

// appendLongLen is AppendLen for any number of bytes, and too much to be inlined.
func appendLongLen(dst []byte, n int) []byte {
	for n >= 0x80 {
		dst = append(dst, byte(n)|0x80)
		n >>= 7
	}
	return append(dst, byte(n))
}

// SizeLen returns how many bytes AppendLen writes for n.
func SizeLen(n int) int { return (bits.Len32(uint32(n)|1) + 6) / 7 }

// SizePrefixed returns the size of n bytes with their length before them.
func SizePrefixed(n int) int { return SizeLen(n) + n }

// Len reads the length at the start of b and the number of bytes k it takes.
// k is 0 when it is cut short, not canonical, or above 31 bits.
func Len(b []byte) (n, k int) {
	var v uint64
	for i, c := range b[:min(len(b), maxLen)] {
		v |= uint64(c&0x7f) << (7 * i)
		if c >= 0x80 {
			continue
		}
		if c == 0 && i > 0 || v > math.MaxInt32 {
			break // overlong, or too large
		}
		return int(v), i + 1
	}
	return 0, 0
}

// ShortLimit is the first limit whose lengths may take more than two bytes.
const ShortLimit = 1 << 14

// ShortLen is Len for what is below ShortLimit, small enough to be inlined. k is
// 0 also for a length of more than two bytes: Len or LenError know better.
func ShortLen(b []byte) (n, k int) {
	if len(b) == 0 {
		return 0, 0
	}
	c := b[0]
	if c < 0x80 {
		return int(c), 1
	}
	if len(b) > 1 && b[1]-1 < 0x7f { // a last byte of 0 is overlong
		return int(c&0x7f) | int(b[1])<<7, 2
	}
	return 0, 0
}

// truncated tells whether b ends inside a length.
func truncated(b []byte) bool {
	for _, c := range b {
		if c < 0x80 {
			return false
		}
	}
	return len(b) < maxLen
}
