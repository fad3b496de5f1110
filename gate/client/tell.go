package client

import (
	"fmt"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/codec"
	"github.com/sim-im/sim/msgdef/frame"
)

// AppMessage is what codegen makes of a struct with a type id, in a package of
// the application's own definitions. For connections that speak JSON the
// package also says
//
//	//msgdef:emit json
//
// which makes its messages have AppendJSON(dst []byte) []byte.
type AppMessage[T ~uint16] interface {
	Type() T
	Append(dst []byte) []byte
	Validate() error
}

// mostTold is how many bytes may wait for a connection that takes none before
// Tell refuses more.
const mostTold = 256 << 10

// Tell sends a message of an application to the service that claims its type,
// which has to be 0x8000 or above. It does not wait, and callbacks may call it.
//
// A frame arrives once or not at all, and nothing is kept: one that is on its way
// when the connection is lost may have arrived or not, and is not sent again.
// What has to be known is answered by the service, with a frame that OnFrame
// gets. When the frame is not served, OnRefused gets its number, which Tell
// returns; numbers grow from 1 by the frame, over reconnects.
//
// Frames of a client arrive in the order of their calls when their types have the
// same upper byte. They are in no order with others, and with messages.
//
// The error wraps ErrArgument for a type below 0x8000 and for a message beyond the
// limits of its definition, ErrDisconnected when there
// is no connection, ErrQueueFull when the connection takes nothing for now,
// ErrCodec when the message has no encoding for the connection, ErrClosed or
// ErrStopped; or it is an *Error with CodeBodyTooLong, for a body above
// frame.MaxBody. The frame was not sent then.
func Tell[T ~uint16](c *Client, m AppMessage[T]) (number uint64, err error) {
	if err := checkArgument(m.Validate()); err != nil {
		return 0, err
	}
	f := Frame{Type: msgdef.Type(m.Type()), Codec: c.codec()}
	b := c.opts.Buffers.Get()
	defer c.opts.Buffers.Put(b)
	switch f.Codec {
	case codec.Binary:
		f.Body = m.Append(b[:0])
	case codec.JSON:
		writer, ok := m.(interface{ AppendJSON(dst []byte) []byte })
		if !ok {
			return 0, fmt.Errorf("%w: %T has no AppendJSON", ErrCodec, m)
		}
		f.Body = writer.AppendJSON(b[:0])
	default:
		return 0, fmt.Errorf("%w: %v", ErrCodec, f.Codec)
	}
	return c.TellFrame(f)
}

// TellFrame is Tell for a body that is encoded already, in f.Codec; with 0 in
// the codec of the connection, whatever that is. The body is copied.
func (c *Client) TellFrame(f Frame) (number uint64, err error) {
	switch {
	case f.Type < msgdef.FirstApplicationType:
		return 0, fmt.Errorf("%w: type 0x%x is not of an application", ErrArgument, uint16(f.Type))
	case f.Codec != 0 && f.Codec != c.codec():
		return 0, fmt.Errorf("%w: a body in %v on a connection of %v", ErrCodec, f.Codec, c.codec())
	case len(f.Body) > frame.MaxBody:
		return 0, &Error{Code: msgdef.CodeBodyTooLong, Detail: fmt.Sprintf("%d bytes, at most %d", len(f.Body), frame.MaxBody)}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.alive(); err != nil {
		return 0, err
	}
	l := c.link
	if l == nil || l.deaf || l.err != nil {
		return 0, ErrDisconnected
	}
	if len(l.pending)+len(f.Body) > mostTold {
		return 0, ErrQueueFull
	}
	l.pending = frame.AppendRaw(l.pending, f.Type, f.Body)
	c.told++
	number = c.told
	l.flush(&c.mu, c.opts.Now())
	return number, nil
}
