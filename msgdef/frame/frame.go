package frame

import (
	"encoding/binary"
	"errors"

	"github.com/sim-im/sim/msgdef"
)

// Sizes in bytes.
const (
	HeaderSize = 4
	MaxSize    = 16384 // a whole frame; also the plaintext of a whole record
	MaxBody    = MaxSize - HeaderSize
)

// overlong is the length written for a body that fits no frame. Split, and so
// the sender's own Sealer, refuses it.
const overlong = 0xffff

// ErrEnd says that a record has no further frame.
var ErrEnd = errors.New("frame: end of record")

// ErrMalformed says that the bytes are no frame, or that padding is not zero.
var ErrMalformed = errors.New("frame: malformed")

// Frame is one frame. Body aliases the bytes it was read from.
type Frame struct {
	Type msgdef.Type
	Body []byte
}

// Message is what codegen makes of a struct with a type id.
type Message interface {
	Type() msgdef.Type
	Append(dst []byte) []byte
}

// Append appends m as a frame. It allocates only to grow dst. The caller
// keeps the body within MaxBody; a frame with a longer one is refused when it
// is sealed.
func Append(dst []byte, m Message) []byte {
	start := len(dst)
	dst = appendHeader(dst, m.Type(), 0)
	dst = m.Append(dst)
	n := bodyLength(len(dst) - start - HeaderSize)
	binary.LittleEndian.PutUint16(dst[start+2:], n)
	return dst
}

// AppendRaw appends a frame of an encoded body. Like Append it trusts the
// caller with MaxBody.
func AppendRaw(dst []byte, t msgdef.Type, body []byte) []byte {
	dst = appendHeader(dst, t, bodyLength(len(body)))
	return append(dst, body...)
}

// AppendNotify appends the frame of msgdef.Notify{USeq: useq, Message: message}
// without building it.
//
//	 0  2  type     0x0103
//	 2  2  length
//	 4  8  useq     u64 LE
//	12  v  length of message, uvarint
//	12+v n message
func AppendNotify(dst []byte, useq uint64, message []byte) []byte {
	start := len(dst)
	dst = appendHeader(dst, msgdef.TypeNotify, 0)
	dst = binary.LittleEndian.AppendUint64(dst, useq)
	dst = binary.AppendUvarint(dst, uint64(len(message)))
	n := bodyLength(len(dst) - start - HeaderSize + len(message))
	binary.LittleEndian.PutUint16(dst[start+2:], n)
	return append(dst, message...)
}

func appendHeader(dst []byte, t msgdef.Type, length uint16) []byte {
	return append(dst, byte(t), byte(t>>8), byte(length), byte(length>>8))
}

func bodyLength(n int) uint16 {
	if n > MaxBody {
		return overlong
	}
	return uint16(n)
}
