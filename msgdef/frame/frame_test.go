package frame

import (
	"bytes"
	"errors"
	"testing"

	"github.com/sim-im/sim/msgdef"
)

func TestAppendDrawsTheFrame(t *testing.T) {
	got := Append([]byte("x"), &msgdef.Ping{Nonce: 0x0102030405060708})
	want := []byte{'x', 3, 0, 8, 0, 8, 7, 6, 5, 4, 3, 2, 1}
	if !bytes.Equal(got, want) {
		t.Fatalf("Append = %x, want %x", got, want)
	}
	if raw := AppendRaw([]byte("x"), msgdef.TypePing, want[5:]); !bytes.Equal(raw, want) {
		t.Fatalf("AppendRaw = %x, want %x", raw, want)
	}
}

func TestAppendNotifyEqualsTheMessage(t *testing.T) {
	for _, n := range []int{0, 1, 127, 128, 300, msgdef.MaxStored} {
		m := &msgdef.Notify{USeq: 0xfedcba9876543210, Message: bytes.Repeat([]byte{7}, n)}
		got, want := AppendNotify(nil, m.USeq, m.Message), Append(nil, m)
		if !bytes.Equal(got, want) {
			t.Errorf("%d bytes: AppendNotify differs from Append of the struct", n)
		}
	}
}

func TestNextReadsWhatWasAppended(t *testing.T) {
	b := AppendRaw(nil, 0x0101, []byte("one"))
	b = AppendRaw(b, 0x8000, nil)
	b = AppendRaw(b, 0x0102, make([]byte, MaxBody))
	for _, want := range []Frame{{0x0101, []byte("one")}, {0x8000, nil}, {0x0102, make([]byte, MaxBody)}} {
		f, rest, err := Next(b)
		if err != nil || f.Type != want.Type || !bytes.Equal(f.Body, want.Body) {
			t.Fatalf("Next = %v %d bytes, %v; want %v", f.Type, len(f.Body), err, want.Type)
		}
		if cap(f.Body) != len(f.Body) {
			t.Errorf("the body of %v can grow into the next frame", f.Type)
		}
		b = rest
	}
	if _, _, err := Next(b); !errors.Is(err, ErrEnd) {
		t.Fatalf("at the end: %v", err)
	}
}

func TestNextJudgesPaddingAndLengths(t *testing.T) {
	for _, c := range []struct {
		name string
		b    []byte
		want error
	}{
		{"nothing", nil, ErrEnd},
		{"one zero", []byte{0}, ErrEnd},
		{"much padding", make([]byte, 500), ErrEnd},
		{"one byte of no frame", []byte{1}, ErrMalformed},
		{"half a header", []byte{1, 0, 0}, ErrMalformed},
		{"padding with a length", []byte{0, 0, 1, 0, 0}, ErrMalformed},
		{"padding with a last byte", append(make([]byte, 20), 1), ErrMalformed},
		{"body cut off", []byte{1, 0, 2, 0, 9}, ErrMalformed},
		{"length above the limit", append([]byte{1, 0, 0xfd, 0x3f}, make([]byte, MaxBody+1)...), ErrMalformed},
	} {
		if f, rest, err := Next(c.b); !errors.Is(err, c.want) || f.Body != nil || rest != nil {
			t.Errorf("%s: %v %v %v, want %v", c.name, f, rest, err, c.want)
		}
	}
}

func TestEveryTruncationIsMalformed(t *testing.T) {
	b := AppendRaw(nil, 0x0101, []byte("some body"))
	for n := 1; n < len(b); n++ {
		if _, _, err := Next(b[:n]); !errors.Is(err, ErrMalformed) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

func TestSplitCutsAtFrameBoundaries(t *testing.T) {
	short := AppendRaw(nil, 1, make([]byte, 100))
	if n, err := Split(short, MaxSize); n != len(short) || err != nil {
		t.Errorf("short: %d, %v", n, err)
	}
	full := AppendRaw(nil, 1, make([]byte, MaxBody))
	if n, err := Split(append(full, short...), MaxSize); n != MaxSize || err != nil {
		t.Errorf("a full frame first: %d, %v", n, err)
	}
	if n, err := Split(append(bytes.Clone(short), full...), MaxSize); n != len(short) || err != nil {
		t.Errorf("a full frame second: %d, %v", n, err)
	}
	exact := AppendRaw(bytes.Clone(short), 2, make([]byte, MaxBody-len(short)))
	if n, err := Split(append(exact, short...), MaxSize); n != MaxSize || err != nil {
		t.Errorf("two frames that fill a record: %d, %v", n, err)
	}
}

func TestSplitKeepsASmallerLimit(t *testing.T) {
	frames := AppendRaw(AppendRaw(nil, 1, make([]byte, 60)), 1, make([]byte, 60))
	for limit, want := range map[int]int{128: 128, 127: 64, 64: 64, 63: 0} {
		if n, err := Split(frames, limit); n != want || (err != nil) != (want == 0) {
			t.Errorf("limit %d: %d, %v", limit, n, err)
		}
	}
}

func TestSplitRefusesWhatIsNoFrames(t *testing.T) {
	for name, b := range map[string][]byte{
		"body too long":    AppendRaw(nil, 1, make([]byte, MaxBody+1)),
		"message too long": Append(nil, &msgdef.Notify{Message: make([]byte, MaxBody)}),
		"notify too long":  AppendNotify(nil, 1, make([]byte, MaxBody)),
		"far too long":     AppendRaw(nil, 1, make([]byte, 1<<16+5)),
		"padding":          make([]byte, MaxSize+1),
		"cut off":          append(AppendRaw(nil, 1, make([]byte, 20)), AppendRaw(nil, 1, make([]byte, MaxBody))[:MaxSize-1]...),
	} {
		n, err := Split(b, MaxSize)
		if n != 0 || !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %d, %v", name, n, err)
		}
	}
}

func TestNothingIsAllocated(t *testing.T) {
	dst, m := make([]byte, 0, 4096), &msgdef.Ping{Nonce: 1}
	body := make([]byte, 256)
	allocs := testing.AllocsPerRun(100, func() {
		b := Append(dst, m)
		b = AppendRaw(b, 0x0101, body)
		b = AppendNotify(b, 1, body)
		for {
			_, rest, err := Next(b)
			if err != nil {
				return
			}
			b = rest
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}
