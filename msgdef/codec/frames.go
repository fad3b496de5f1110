package codec

import (
	"encoding/binary"
	"errors"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
)

// ErrTooLong says that a body which fits a frame in binary does not in another
// codec.
var ErrTooLong = errors.New("codec: the body does not fit a frame")

// AppendFrames appends to dst the frames in binary, whole ones without padding,
// as c encodes them; dst does not share memory with them. Frames of
// applications are what their service made for this codec, and stay as they
// are.
//
// A frame that cannot be encoded is given to misfit, with an error of FromBinary
// or ErrTooLong, and what that returns, a message or nil, takes its place. The
// error is frame.ErrMalformed for bytes that are no frames.
func AppendFrames(dst []byte, c Codec, frames []byte, misfit func(frame.Frame, error) frame.Message) ([]byte, error) {
	for {
		f, rest, err := frame.Next(frames)
		switch {
		case errors.Is(err, frame.ErrEnd):
			return dst, nil
		case err != nil:
			return dst, err
		}
		frames = rest
		out, err := appendFrame(dst, c, f)
		if err != nil {
			if m := misfit(f, err); m != nil {
				out, err = appendFrame(dst, c, frame.Frame{Type: m.Type(), Body: m.Append(nil)})
			}
		}
		if err == nil {
			dst = out
		}
	}
}

func appendFrame(dst []byte, c Codec, f frame.Frame) ([]byte, error) {
	start := len(dst)
	out := frame.AppendRaw(dst, f.Type, nil)
	out, err := c.FromBinary(out, f.Type, f.Body)
	if errors.Is(err, msgdef.ErrUnknownType) && f.Type >= msgdef.FirstApplicationType {
		return frame.AppendRaw(dst, f.Type, f.Body), nil
	}
	n := len(out) - start - frame.HeaderSize
	if err == nil && n > frame.MaxBody {
		err = ErrTooLong
	}
	if err != nil {
		return dst, err
	}
	binary.LittleEndian.PutUint16(out[start+2:], uint16(n))
	return out, nil
}
