package codec

import (
	"bytes"
	"errors"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
	"github.com/sim-im/sim/msgdef/wire"
)

func TestNames(t *testing.T) {
	for _, id := range All() {
		if got, ok := Lookup(id.String()); !ok || got != id {
			t.Errorf("%v is looked up as %v, %t", id, got, ok)
		}
		if c, ok := For(id); !ok || c.ID() != id {
			t.Errorf("no codec for %v", id)
		}
	}
	for _, id := range []ID{0, 3, 255} {
		if c, ok := For(id); ok || c != nil {
			t.Errorf("a codec for %v", id)
		}
	}
	if id, ok := Lookup("protobuf"); ok {
		t.Errorf("protobuf is %v", id)
	}
	if got := ID(9).String(); got != "codec(9)" {
		t.Errorf("an unknown one is %q", got)
	}
}

func TestBothWays(t *testing.T) {
	ping := (&msgdef.Ping{Nonce: 1<<64 - 1}).Append(nil)
	for id, want := range map[ID]string{Binary: string(ping), JSON: `{"nonce":"18446744073709551615"}`} {
		c, _ := For(id)
		out, err := c.FromBinary([]byte("x"), msgdef.TypePing, ping)
		if err != nil || string(out) != "x"+want {
			t.Errorf("%v: FromBinary gave %q, %v", id, out, err)
		}
		back, err := c.ToBinary([]byte("y"), msgdef.TypePing, out[1:])
		if err != nil || !bytes.Equal(back[1:], ping) {
			t.Errorf("%v: ToBinary gave %x, %v", id, back, err)
		}
	}
}

func TestJSONErrors(t *testing.T) {
	c, _ := For(JSON)
	for _, f := range []func([]byte, msgdef.Type, []byte) ([]byte, error){c.ToBinary, c.FromBinary} {
		for typ, want := range map[msgdef.Type]error{0x8001: msgdef.ErrUnknownType, msgdef.TypePing: wire.ErrShort} {
			if out, err := f([]byte("kept"), typ, nil); !errors.Is(err, want) || string(out) != "kept" {
				t.Errorf("%v: %q, %v, want %v", typ, out, err, want)
			}
		}
	}
}

func TestAppendFrames(t *testing.T) {
	c, _ := For(JSON)
	frames := frame.Append(nil, &msgdef.Ping{Nonce: 7})
	frames = frame.AppendRaw(frames, 0x8001, []byte{0xff})
	frames = frame.AppendNotify(frames, 1, bytes.Repeat([]byte{0xff}, msgdef.MaxStored)) // no Message: base64
	frames = frame.AppendRaw(frames, 0x7000, nil)
	frames = frame.Append(frames, &msgdef.Head{USeq: 8})
	var misfits []error
	out, err := AppendFrames([]byte("x"), c, frames, func(f frame.Frame, err error) frame.Message {
		if misfits = append(misfits, err); f.Type == msgdef.TypeNotify {
			return &msgdef.GoAway{Window: 3}
		}
		return nil
	})
	if err != nil || len(misfits) != 2 || !errors.Is(misfits[0], ErrTooLong) || !errors.Is(misfits[1], msgdef.ErrUnknownType) {
		t.Fatalf("%v, misfits %v", err, misfits)
	}
	want := frame.AppendRaw([]byte("x"), msgdef.TypePing, []byte(`{"nonce":"7"}`))
	want = frame.AppendRaw(want, 0x8001, []byte{0xff})
	want = frame.AppendRaw(want, msgdef.TypeGoAway, []byte(`{"window":3}`))
	want = frame.AppendRaw(want, msgdef.TypeHead, []byte(`{"uSeq":"8"}`))
	if !bytes.Equal(out, want) {
		t.Errorf("got %q", out)
	}
	if _, err := AppendFrames(nil, c, []byte{1, 0, 9, 0}, nil); !errors.Is(err, frame.ErrMalformed) {
		t.Errorf("no frames: %v", err)
	}
}
