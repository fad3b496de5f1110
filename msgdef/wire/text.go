package wire

import (
	"encoding/binary"
	"unicode/utf8"
)

// high has the bits that no byte of ASCII has.
const high = 0x8080808080808080

// ValidText tells whether b is UTF-8. It is utf8.Valid, quicker for what most
// strings are: identifiers, addresses and names in ASCII.
func ValidText(b []byte) bool {
	n := len(b)
	if n < 8 {
		for _, c := range b {
			if c >= utf8.RuneSelf {
				return utf8.Valid(b)
			}
		}
		return true
	}
	seen := binary.LittleEndian.Uint64(b[n-8:]) // overlaps the word before, so that no odd bytes are left
	rest := b
	for ; len(rest) > 16; rest = rest[16:] {
		if (binary.LittleEndian.Uint64(rest)|binary.LittleEndian.Uint64(rest[8:]))&high != 0 {
			return utf8.Valid(b)
		}
	}
	if len(rest) > 8 {
		seen |= binary.LittleEndian.Uint64(rest)
	}
	return seen&high == 0 || utf8.Valid(b)
}
