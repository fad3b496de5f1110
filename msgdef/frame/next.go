package frame

import (
	"encoding/binary"

	"github.com/sim-im/sim/msgdef"
)

// Next reads the first frame of b, the unread plaintext of a record, and
// returns what follows it. f and rest alias b. It returns ErrEnd when nothing
// or only padding is left, and ErrMalformed for bytes no sender writes.
func Next(b []byte) (f Frame, rest []byte, err error) {
	if len(b) < HeaderSize {
		return Frame{}, nil, padding(b)
	}
	t := msgdef.Type(binary.LittleEndian.Uint16(b))
	if t == 0 {
		return Frame{}, nil, padding(b)
	}
	n := int(binary.LittleEndian.Uint16(b[2:]))
	if n > MaxBody || n > len(b)-HeaderSize {
		return Frame{}, nil, ErrMalformed
	}
	end := HeaderSize + n
	return Frame{Type: t, Body: b[HeaderSize:end:end]}, b[end:], nil
}

// padding is ErrEnd when b is all zero.
func padding(b []byte) error {
	for _, c := range b {
		if c != 0 {
			return ErrMalformed
		}
	}
	return ErrEnd
}

// Split returns how many bytes at the start of b are whole frames that fit
// together into limit bytes, at most MaxSize: all of b when it is short
// enough, in which case its frames are not looked at. It returns ErrMalformed
// when b does not consist of frames, for example because a body was longer
// than MaxBody, or when the first frame alone is above limit.
func Split(b []byte, limit int) (int, error) {
	if len(b) <= limit {
		return len(b), nil
	}
	for n := 0; ; {
		rest := b[n:]
		if len(rest) < HeaderSize || rest[0]|rest[1] == 0 {
			return 0, ErrMalformed
		}
		length := int(binary.LittleEndian.Uint16(rest[2:]))
		if length > MaxBody || length > len(rest)-HeaderSize {
			return 0, ErrMalformed
		}
		end := n + HeaderSize + length
		switch {
		case end <= limit:
			n = end
		case n == 0:
			return 0, ErrMalformed
		default:
			return n, nil
		}
	}
}
