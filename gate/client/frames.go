package client

import (
	"bytes"
	"fmt"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/codec"
	"github.com/sim-im/sim/msgdef/frame"
)

// Frame is a frame of an application, from one of its services.
//
// In OnFrame its Body is lent: it is valid until the callback returns, and Clone
// makes a copy to keep.
type Frame struct {
	Type  msgdef.Type // 0x8000 or above
	Codec codec.ID    // how Body is encoded: the one of the connection
	Body  []byte      // at most frame.MaxBody
}

// Clone returns a copy that shares nothing with f.
func (f Frame) Clone() Frame {
	f.Body = bytes.Clone(f.Body)
	return f
}

// Refused says that a frame of Tell was not served, or that its answer did not
// come through: a CodeTimeout leaves open which. CodeUnknownType says that no
// service claims its type, CodeBusy that it did not leave the gate.
type Refused struct {
	Type   msgdef.Type
	Number uint64 // what Tell returned; 0 when the gate does not say
	Err    *Error
}

// Decoder is a generated DownDecoder, whose package calls its types T and its
// handlers' interface H.
type Decoder[T ~uint16, H any] interface {
	Dispatch(t T, body []byte, h H) error
}

// Dispatch decodes a frame and hands it to the method of h for its type, in
// OnFrame. fromJSON is the FromJSON that was generated with "//msgdef:emit json",
// and is needed by clients that speak JSON. What is handed to h is valid until
// Dispatch returns; d is for one goroutine.
//
// The error is ErrCodec without fromJSON, one of decoding, or that of the
// handler.
func Dispatch[T ~uint16, H any](
	f Frame, d Decoder[T, H], h H, fromJSON ...func(dst []byte, t T, text []byte) ([]byte, error),
) (err error) {
	body := f.Body
	if f.Codec == codec.JSON {
		if len(fromJSON) == 0 {
			return fmt.Errorf("%w: %v is in JSON", ErrCodec, f.Type)
		}
		if body, err = fromJSON[0](nil, T(f.Type), body); err != nil {
			return err
		}
	}
	return d.Dispatch(T(f.Type), body, h)
}

// frameArrived hands a frame of a type that the SDK does not know to the
// application. Others than those of applications are of a newer server, and left
// alone.
func (s *session) frameArrived(f frame.Frame) {
	if o := &s.c.opts; o.OnFrame != nil && f.Type >= msgdef.FirstApplicationType {
		o.OnFrame(Frame{Type: f.Type, Codec: s.c.codec(), Body: f.Body})
	}
}

// frameRefused hands the refusal of a frame to the application. A gate counts
// the frames of a session from 1.
func (s *session) frameRefused(e *msgdef.Error, refusal *Error) {
	c := s.c
	c.mu.Lock()
	var number uint64
	if before := s.link.toldBefore; e.Req > 0 && e.Req <= c.told-before {
		number = before + e.Req
	}
	c.mu.Unlock()
	if c.opts.OnRefused != nil {
		c.opts.OnRefused(Refused{Type: msgdef.Type(e.Of), Number: number, Err: refusal})
		return
	}
	c.opts.Logger.Warn("client frame refused", "of", msgdef.Type(e.Of).String(), "number", number, "err", refusal)
}
