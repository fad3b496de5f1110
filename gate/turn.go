package gate

import (
	"errors"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/wire"
)

// mostSends is how many sends of a read go to the route in one call.
const mostSends = 256

// turn is what a reader needs while it serves what one read brought. It is
// pooled, so that an idle connection holds none. It implements
// msgdef.UpHandler: upstream.go and pulls.go.
type turn struct {
	*conn
	now     time.Duration
	decoder msgdef.UpDecoder
	sends   rpc.Sends // bodies alias the read buffer, or inside
	inside  []byte    // bodies that came in another codec
	frames  uint64
	bytes   uint64
}

var _ msgdef.UpHandler = (*turn)(nil)

// turn returns an empty turn of c. It must be done.
func (s *Server) turn(c *conn, now time.Duration) *turn {
	t, ok := s.turns.Get().(*turn)
	if !ok {
		t = &turn{sends: rpc.Sends{Items: make([]rpc.Send, 0, 16)}}
	}
	t.conn, t.now = c, now
	return t
}

// done gives t back. Its decoder still points into the read buffer, but
// nobody looks before decoding something else.
func (t *turn) done() {
	s := t.gate
	s.counts.framesIn.Add(t.frames)
	s.counts.bytesIn.Add(t.bytes)
	t.conn, t.frames, t.bytes = nil, 0, 0
	if t.inside = t.inside[:0]; cap(t.inside) > maxKept {
		t.inside = nil
	}
	s.turns.Put(t)
}

// records opens and serves all complete records. complete tells whether there
// was one.
func (t *turn) records(in *intake) (complete bool, err error) {
	if err := t.serveFrames(); err != nil { // of a record that login has opened
		return false, err
	}
	for in.partial() {
		n, err := t.secure.In.Open(in.bytes())
		if err != nil || n == 0 {
			return complete, err
		}
		in.consume(n)
		t.bytes += uint64(n)
		complete = true
		if err := t.serveFrames(); err != nil {
			return complete, err
		}
	}
	return complete, nil
}

// serveFrames serves the frames of an opened record.
func (t *turn) serveFrames() error {
	for {
		f, ok, err := t.secure.In.Next()
		if err != nil {
			return &violation{reason: ReasonMalformed, code: msgdef.CodeMalformed}
		}
		if !ok {
			return nil
		}
		t.frames++
		if err := t.serveFrame(f); err != nil {
			return err
		}
	}
}

// serveFrame serves a frame, or answers why not. An error ends the session.
func (t *turn) serveFrame(f frame.Frame) error {
	var err error
	if t.edge() != nil {
		f, err = t.inward(f)
	}
	if err == nil {
		err = t.decoder.Dispatch(f.Type, f.Body, t)
	}
	if err == nil {
		return nil
	}
	if errors.Is(err, wire.ErrUnknownType) && ofApplication(f.Type) {
		if err = t.pass(f); err == nil {
			return nil
		}
	}
	if !handled(err) {
		err = judge(f, err)
	}
	var r *refusal
	if !errors.As(err, &r) {
		return err
	}
	limits := t.gate.limits.Load()
	if _, ok := t.rarely().refusals.take(rate{limits.RefusalRate, limits.RefusalBurst}, t.now); !ok && !t.exempt {
		return &violation{reason: ReasonFlood, of: f.Type, code: msgdef.CodeBusy}
	}
	t.refuse(r)
	return nil
}

// handled tells whether err comes from a handler.
func handled(err error) bool {
	var r *refusal
	var v *violation
	return errors.Is(err, errEnding) || errors.As(err, &r) || errors.As(err, &v)
}

// judge says what becomes of a frame that no handler saw.
func judge(f frame.Frame, err error) error {
	switch {
	case errors.Is(err, wire.ErrUnknownType):
		return &refusal{of: f.Type, code: msgdef.CodeUnknownType}
	case errors.Is(err, wire.ErrDirection):
		return unexpected(f.Type)
	case f.Type == msgdef.TypeSend && errors.Is(err, wire.ErrLimit):
		var m msgdef.Send
		_ = m.DecodeAlias(f.Body) // fails again, but the counter stands before the body
		return &refusal{of: f.Type, req: m.Counter, code: msgdef.CodeBodyTooLong}
	}
	return &violation{reason: ReasonMalformed, of: f.Type, code: msgdef.CodeMalformed}
}

// unexpected is a frame of a type that is not for now or not for gates.
func unexpected(t msgdef.Type) error {
	return &violation{reason: ReasonUnexpected, of: t, code: msgdef.CodeUnexpected}
}

// flush hands the gathered sends to the route. It has no deadline of its own:
// Send does not wait for the store, and remote routes bring theirs.
func (t *turn) flush() {
	if len(t.sends.Items) == 0 {
		return
	}
	t.gate.counts.messagesIn.Add(uint64(len(t.sends.Items)))
	if t.gate.traces() {
		t.traceSends()
	}
	if err := t.gate.options.Route.Send(t.gate.calls, &t.sends, t.gate); err != nil {
		t.refuseSends(err)
	}
	clear(t.sends.Items) // they point into the read buffer
	t.sends.Items = t.sends.Items[:0]
}

// refuseSends answers the gathered sends with an error of the route.
func (t *turn) refuseSends(err error) {
	for i := range t.sends.Items {
		r := t.gate.failed(msgdef.TypeSend, t.sends.Items[i].Counter, err)
		if r.code >= msgdef.CodeBusy {
			t.rarely().held = hold{counter: r.req, wait: r.retry}
		}
		t.refuse(r)
	}
}
