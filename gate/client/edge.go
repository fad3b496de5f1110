package client

import (
	"errors"
	"fmt"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/codec"
	"github.com/sim-im/sim/msgdef/frame"
)

// edge is where a client that speaks another codec transcodes: handlers and
// everything that is queued are binary. The zero value is that of a client that
// speaks binary, and does nothing.
type edge struct {
	codec codec.Codec // nil for binary
}

func edgeOf(id codec.ID) edge {
	if id == codec.Binary {
		return edge{}
	}
	c, _ := codec.For(id) // options were validated
	return edge{c}
}

// codec returns how bodies are encoded on the client's connections.
func (c *Client) codec() codec.ID { return c.opts.Codec }

// inward returns a frame of the gate in binary, whose body is in inside, which is
// used again, or as it is. A type that is not known stays: nobody looks into it.
func (e edge) inward(inside *[]byte, f frame.Frame) (frame.Frame, error) {
	if e.codec == nil {
		return f, nil
	}
	body, err := e.codec.ToBinary((*inside)[:0], f.Type, f.Body)
	*inside = reuse(body)
	switch {
	case err == nil:
		f.Body = body
	case !errors.Is(err, msgdef.ErrUnknownType):
		return f, protocolError("%v: %w", f.Type, err)
	}
	return f, nil
}

// outward returns frames as the gate reads them, appended to dst, or as they
// are. What does not fit a frame was refused before, see speakable.
func (e edge) outward(dst, frames []byte) ([]byte, error) {
	if e.codec == nil {
		return frames, nil
	}
	return codec.AppendFrames(dst, e.codec, frames, func(frame.Frame, error) frame.Message { return nil })
}

// speakable tells whether a request fits a frame. In binary every one does.
func (e edge) speakable(m frame.Message) error {
	body, err := e.codec.FromBinary(nil, m.Type(), m.Append(nil))
	if err == nil && len(body) > frame.MaxBody {
		err = codec.ErrTooLong
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrArgument, err)
	}
	return nil
}

// most returns how many may be asked for at once where binary has n, so that the
// answer fits a frame too.
func (e edge) most(n int) int {
	if e.codec == nil {
		return n
	}
	return n * 2 / 5
}
