package difftest

import (
	"math/rand/v2"
	"slices"
)

// mutate returns b with one to four changes, of which splices take their bytes
// from other. Neither is changed.
func mutate(rng *rand.Rand, b, other []byte) []byte {
	b = slices.Clone(b)
	for range 1 + rng.IntN(4) {
		b = change(rng, b, other)
	}
	return b
}

func change(rng *rand.Rand, b, other []byte) []byte {
	if len(b) == 0 {
		return append(b, telling(rng))
	}
	at := rng.IntN(len(b))
	switch rng.IntN(8) {
	case 0:
		b[at] ^= 1 << rng.IntN(8)
	case 1:
		b[at] = telling(rng)
	case 2:
		b[at]++ // lengths and counts that are off by one
	case 3:
		b[at]--
	case 4:
		return b[:at]
	case 5:
		return slices.Insert(b, at, telling(rng))
	case 6:
		return slices.Delete(b, at, min(len(b), at+1+rng.IntN(4)))
	default:
		return splice(rng, b, at, other)
	}
	return b
}

// splice puts a part of other over or between the bytes of b.
func splice(rng *rand.Rand, b []byte, at int, other []byte) []byte {
	if len(other) == 0 {
		return b
	}
	from := rng.IntN(len(other))
	part := other[from:min(len(other), from+1+rng.IntN(16))]
	if rng.IntN(2) == 0 {
		copy(b[at:], part)
		return b
	}
	return slices.Insert(b, at, part...)
}

// telling returns a byte at which decoders turn.
func telling(rng *rand.Rand) byte {
	bytes := []byte{0x00, 0x01, 0x02, 0x7f, 0x80, 0x81, 0xc0, 0xc3, 0xed, 0xf4, 0xff, byte(rng.Uint32())}
	return bytes[rng.IntN(len(bytes))]
}
