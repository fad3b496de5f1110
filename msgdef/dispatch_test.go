package msgdef

import (
	"bytes"
	"errors"
	"testing"

	"github.com/sim-im/sim/msgdef/wire"
)

var errHandler = errors.New("of the handler")

// sink takes Send and nothing else.
type sink struct {
	UpHandler
	last *Send
}

func (s *sink) HandleSend(m *Send) error {
	s.last = m
	if m.Counter == 0 {
		return errHandler
	}
	return nil
}

func TestDispatch(t *testing.T) {
	valid := (&Send{Counter: 1, Body: []byte("hi")}).Append(nil)
	tests := []struct {
		name string
		typ  Type
		body []byte
		want error
	}{
		{"a message", TypeSend, valid, nil},
		{"an error of the handler", TypeSend, (&Send{}).Append(nil), errHandler},
		{"a body cut short", TypeSend, valid[:len(valid)-2], wire.ErrShort},
		{"the other direction", TypeNotify, valid, ErrDirection},
		{"no such type", 0x7777, valid, ErrUnknownType},
		{"padding", 0, valid, ErrUnknownType},
	}
	var d UpDecoder
	for _, tt := range tests {
		if err := d.Dispatch(tt.typ, tt.body, &sink{}); !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, err, tt.want)
		}
	}
}

// TestDispatchMemory checks that the message aliases the body and that nothing
// is allocated on the way.
func TestDispatchMemory(t *testing.T) {
	body := (&Send{Counter: 1, Body: []byte("hi")}).Append(nil)
	var d UpDecoder
	var s sink
	if n := testing.AllocsPerRun(10, func() {
		if err := d.Dispatch(TypeSend, body, &s); err != nil {
			t.Error(err)
		}
	}); n != 0 {
		t.Errorf("Dispatch allocates %v times", n)
	}
	body[bytes.LastIndexByte(body, 'i')] = 'o'
	if got := string(s.last.Body); got != "ho" {
		t.Errorf("the body is a copy: %q", got)
	}
}
