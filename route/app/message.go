package app

import (
	"fmt"

	"github.com/sim-im/sim/msgdef/codec"
	"github.com/sim-im/sim/msgdef/frame"
	"github.com/sim-im/sim/msgdef/rpc"
)

// Message is a generated message of an application, whose package calls its
// types T.
type Message[T ~uint16] interface {
	Type() T
	Append(dst []byte) []byte
	Validate() error
}

// jsonMessage is what a message has besides with "//msgdef:emit json".
type jsonMessage interface {
	AppendJSON(dst []byte) []byte
}

// Reply answers the frame of a call, in its codec. The message is not kept.
// Errors: ErrType, ErrTooLarge, ErrTooMany, ErrNoJSON, ErrLate, and that of
// Validate for what the message's limits do not allow.
func Reply[T ~uint16](c *Call, m Message[T]) error {
	if err := c.service.check(uint16(m.Type()), m.Validate()); err != nil {
		return err
	}
	body, err := encode(m.Append, m, c.Codec)
	if err != nil {
		return err
	}
	return c.put(rpc.AppReply{Type: uint16(m.Type()), Body: body})
}

// check returns why a message may not be sent; invalid is what its Validate
// says.
func (s *Service) check(t uint16, invalid error) error {
	if t < s.options.First || t > s.options.Last {
		return fmt.Errorf("type 0x%04x: %w", t, ErrType)
	}
	return invalid
}

// encode returns a message in a codec.
func encode(binary func([]byte) []byte, m any, in codec.ID) (body []byte, err error) {
	if in == codec.JSON {
		j, ok := m.(jsonMessage)
		if !ok {
			return nil, fmt.Errorf("%T: %w", m, ErrNoJSON)
		}
		body = j.AppendJSON(nil)
	} else {
		body = binary(nil)
	}
	if len(body) > frame.MaxBody {
		return nil, fmt.Errorf("%T of %d bytes: %w", m, len(body), ErrTooLarge)
	}
	return body, nil
}

// Decoder is a generated UpDecoder, whose package calls its types T and its
// handlers' interface H.
type Decoder[T ~uint16, H any] interface {
	Dispatch(t T, body []byte, h H) error
}

// Dispatch decodes the body of a call and hands it to the method of h for its
// type. fromJSON is the FromJSON that was generated with "//msgdef:emit json";
// without it, frames of clients that speak JSON are refused. What is handed to h
// is valid until Dispatch returns; so is d for one goroutine.
func Dispatch[T ~uint16, H any](
	c *Call, d Decoder[T, H], h H, fromJSON ...func(dst []byte, t T, text []byte) ([]byte, error),
) error {
	body := c.Body
	if c.Codec == codec.JSON {
		if len(fromJSON) == 0 {
			return fmt.Errorf("type 0x%04x: %w", c.Type, ErrNoJSON)
		}
		var err error
		if body, err = fromJSON[0](nil, T(c.Type), c.Body); err != nil {
			return err
		}
	}
	return d.Dispatch(T(c.Type), body, h)
}
