package explain

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/sim-im/sim/codegen/ir"
)

// headerSize is the size of what stands before each body:
//
//	0  2  type    u16 LE; 0 is padding to the end
//	2  2  length  u16 LE, of the body
const headerSize = 4

// Frame is a body with its header.
type Frame struct {
	Offset int // of the header
	Type   uint16
	Struct *ir.Struct // nil when the package has no such message
	Body   []byte
}

// BodyOffset is where the body begins.
func (f *Frame) BodyOffset() int { return f.Offset + headerSize }

// Frames splits b into frames. padding is the number of zero bytes behind them.
// The frames before an error are good.
func Frames(p *ir.Package, b []byte) (frames []Frame, padding int, err error) {
	for at := 0; at < len(b); {
		rest := b[at:]
		if rest[0] == 0 && len(bytes.Trim(rest, "\x00")) == 0 {
			return frames, len(rest), nil
		}
		if len(rest) < headerSize {
			return frames, 0, fmt.Errorf("offset %d: a frame has a header of %d bytes, and %d are left", at, headerSize, len(rest))
		}
		f := Frame{Offset: at, Type: binary.LittleEndian.Uint16(rest)}
		size := int(binary.LittleEndian.Uint16(rest[2:]))
		if f.Type == 0 {
			return frames, 0, fmt.Errorf("offset %d: type 0 is padding, and what follows is not zero", at)
		}
		if size > len(rest)-headerSize {
			return frames, 0, fmt.Errorf("offset %d: frame 0x%04x announces a body of %d bytes, and %d are left", at, f.Type, size, len(rest)-headerSize)
		}
		f.Body = rest[headerSize : headerSize+size]
		f.Struct = byID(p, f.Type)
		frames = append(frames, f)
		at += headerSize + size
	}
	return frames, 0, nil
}

func byID(p *ir.Package, id uint16) *ir.Struct {
	for _, s := range ir.Messages(p.Structs()) {
		if s.ID == id {
			return s
		}
	}
	return nil
}
