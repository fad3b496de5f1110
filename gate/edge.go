package gate

import (
	"errors"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/codec"
	"github.com/sim-im/sim/msgdef/frame"
	"github.com/sim-im/sim/msgdef/wire"
)

// The edge of a connection that speaks another codec. Between its two sides
// everything is binary: handlers, outboxes and pages do not know.
//
//	record ─▶ Open ─▶ inward ─▶ handlers
//	record ◀─ seal ◀─ outward ◀─ outbox, pages
//
// Frames of types the gate does not know cross it untouched, in both directions.

// speak notes the codec that the handshake agreed on. A ticket may have been in
// another one, and come to nothing.
func (c *conn) speak(id codec.ID) {
	c.out.mu.Lock() // who pushes frames looks at it before the session is open
	defer c.out.mu.Unlock()
	c.codec = id
}

// edge returns the codec of the connection's frames; nil for binary, which needs
// none.
func (c *conn) edge() codec.Codec {
	if c.codec == codec.Binary {
		return nil
	}
	edge, _ := codec.For(c.codec) // the handshake admits none that is not known
	return edge
}

// inward returns a frame as handlers take it. Its body is valid as long as the
// turn is.
func (t *turn) inward(f frame.Frame) (frame.Frame, error) {
	start := len(t.inside)
	inside, err := t.edge().ToBinary(t.inside, f.Type, f.Body)
	switch {
	case errors.Is(err, wire.ErrUnknownType):
		return f, nil // nobody here looks into it
	case err != nil:
		return f, misread(f, err)
	}
	t.inside = inside
	f.Body = inside[start:len(inside):len(inside)]
	return f, nil
}

// misread says what becomes of a frame whose body is none of its type, like
// judge.
func misread(f frame.Frame, err error) error {
	if f.Type == msgdef.TypeSend && errors.Is(err, wire.ErrLimit) {
		if counter, ok := counterOf(f.Body); ok {
			return &refusal{of: f.Type, req: counter, code: msgdef.CodeBodyTooLong}
		}
	}
	return &violation{reason: ReasonMalformed, of: f.Type, code: msgdef.CodeMalformed}
}

// counterOf returns the counter of a Send in JSON whose body is too long,
// wherever it stands; ok is false when something else is wrong with it, such as
// arrays that nest too deep. SendAck has the counter too, and no body.
func counterOf(text []byte) (counter uint64, ok bool) {
	var m msgdef.SendAck
	if m.DecodeJSON(text) != nil {
		return 0, false
	}
	return m.Counter, true
}

// outward returns the frames as the peer reads them, and gives the buffer back.
// What cannot be said in the peer's codec is counted, and an Error stands in for
// it: pages are cut to fit before, so it is the fault of a route.
func (c *conn) outward(frames *buffer) (*buffer, error) {
	if c.edge() == nil {
		return frames, nil
	}
	out := c.gate.buffers.get()
	var err error
	out.b, err = codec.AppendFrames(out.b, written{c.edge()}, frames.b, c.misfit)
	c.gate.buffers.put(frames)
	return out, err
}

func (c *conn) misfit(f frame.Frame, err error) frame.Message {
	c.gate.counts.drop(DropBad, 1)
	return &msgdef.Error{
		Of: uint16(f.Type), Code: msgdef.CodeUnavailable, RetryAfter: milliseconds(c.gate.times.Retry),
		Detail: clip("cannot be said in " + c.edge().ID().String() + ": " + err.Error()),
	}
}

// encode returns the body of m in the peer's codec.
func (c *conn) encode(m frame.Message) ([]byte, error) {
	body := m.Append(nil)
	if c.edge() == nil {
		return body, nil
	}
	return c.edge().FromBinary(nil, m.Type(), body)
}

// decodeLogin reads a Login in the peer's codec into copies.
func (c *conn) decodeLogin(m *msgdef.Login, body []byte) error {
	if c.edge() == nil {
		return m.Decode(body)
	}
	inside, err := c.edge().ToBinary(nil, msgdef.TypeLogin, body)
	if err != nil {
		return err
	}
	defer clear(inside) // there is a password in it
	return m.Decode(inside)
}
