package wire

import (
	"errors"
	"log/slog"
	"math"
	"strings"
	"testing"
)

func TestViolations(t *testing.T) {
	var inner, v Violations
	inner.Len("Part.Data", 4, 3)
	v.Len("T.Fits", 3, 3)
	v.Text("T.Long", "long", 3)
	v.Text("T.Broken", "\xff", 3)
	v.Elem("T.Parts", 1, inner.Err())
	v.Elem("T.Parts", 2, nil)
	err := v.Err()
	if !errors.Is(err, ErrLimit) || !errors.Is(err, ErrMalformed) {
		t.Errorf("got %v", err)
	}
	want := []string{"T.Long: " + ErrLimit.Error(), "T.Broken: " + ErrMalformed.Error(), "T.Parts[1]: Part.Data: " + ErrLimit.Error()}
	if got := err.Error(); got != strings.Join(want, "\n") {
		t.Errorf("got %q", got)
	}
}

func TestNoViolations(t *testing.T) {
	if n := testing.AllocsPerRun(10, func() {
		var v Violations
		v.Text("T.A", "é", 2)
		v.Nested("T.B", nil)
		if v.Err() != nil {
			t.Error(v.Err())
		}
	}); n != 0 {
		t.Errorf("a valid message allocates %v times", n)
	}
}

func TestResize(t *testing.T) {
	s := make([]int, 3, 8)
	if r := Resize(s, 8); len(r) != 8 || &r[0] != &s[0] {
		t.Error("memory that suffices was not used again")
	}
	if r := Resize(s, 9); len(r) != 9 {
		t.Errorf("got %d elements", len(r))
	}
	if r := Resize[int](nil, 0); r != nil {
		t.Errorf("an empty list is %v", r)
	}
}

func TestString(t *testing.T) {
	if s := String([]byte("abc")); s != "abc" {
		t.Errorf("got %q", s)
	}
	if s := String(nil); s != "" {
		t.Errorf("got %q", s)
	}
}

func TestLog(t *testing.T) {
	var out strings.Builder
	logger := slog.New(slog.NewTextHandler(&out, nil))
	logger.Info("x", LogHidden("secret"), LogLen("body", 5), LogHex("id", []byte{0xab, 1}))
	if want := "secret=hidden body.len=5 id=ab01\n"; !strings.HasSuffix(out.String(), want) {
		t.Errorf("got %q", out.String())
	}
}

func TestShortRun(t *testing.T) {
	for bytes, want := range map[string]error{"": ErrShort, "\x02\x01": ErrShort, "\x00\x02": ErrMalformed, "\x00\x01\xff": ErrMalformed} {
		var e *Error
		if err := ShortRun("T.A", []byte(bytes), 1, 2); !errors.Is(err, want) || !errors.As(err, &e) || e.Field != "T.A" {
			t.Errorf("%x: %v, want %v", bytes, err, want)
		}
	}
}

func TestStrides(t *testing.T) {
	b := []byte("abcdefgh")
	got := Strides[[3]byte](b[1:], 2)
	if len(got) != 2 || string(got[0][:]) != "bcd" || string(got[1][:]) != "efg" {
		t.Errorf("got %q", got)
	}
	if got := Strides[[3]byte](nil, 0); len(got) != 0 {
		t.Errorf("got %q of nothing", got)
	}
	defer func() {
		if recover() == nil {
			t.Error("more elements than there are bytes for")
		}
	}()
	Strides[[3]byte](b[:8:8], 3)
}

func TestExtend(t *testing.T) {
	for _, room := range []int{0, 64} {
		dst := append(make([]byte, 0, room), "ab"...)
		dst, elements := Extend[[2]byte](dst, 3)
		for i := range elements {
			elements[i] = [2]byte{'0' + byte(i), '.'}
		}
		if string(dst) != "ab0.1.2." {
			t.Errorf("got %q", dst)
		}
	}
	if dst, elements := Extend[[2]byte](nil, 0); len(dst) != 0 || len(elements) != 0 {
		t.Errorf("got %q, %q of nothing", dst, elements)
	}
}

func TestEqualFloats(t *testing.T) {
	nan, zero := math.NaN(), math.Copysign(0, -1)
	if !EqualFloat64(nan, nan) || !EqualFloat32(float32(nan), float32(nan)) {
		t.Error("NaN differs from itself")
	}
	if EqualFloat64(zero, 0) || EqualFloat32(float32(zero), 0) {
		t.Error("-0 equals 0, which has other bytes")
	}
}

func TestCloneList(t *testing.T) {
	list := []int{1, 2, 3}
	if c := CloneList(list); len(c) != 3 || c[2] != 3 || &c[0] == &list[0] {
		t.Errorf("got %v", c)
	}
	if c := CloneList(list[:0]); c != nil {
		t.Errorf("an empty list became %v, in memory of the first", c)
	}
}
