package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"testing"
)

func TestLen(t *testing.T) {
	tests := []struct {
		bytes string
		n, k  int
	}{
		{"", 0, 0},
		{"\x00", 0, 1},
		{"\x00\x01", 0, 1},
		{"\x7f", 127, 1},
		{"\x80\x01", 128, 2},
		{"\xff\x7f", 16383, 2},
		{"\x80\x80\x01", 16384, 3},
		{"\xff\xff\xff\xff\x07", math.MaxInt32, 5},
		{"\xff\xff\xff\xff\x08", 0, 0},             // 32 bits
		{"\xff\xff\xff\xff\xff", 0, 0},             // too long
		{"\x80\x80\x80\x80\x80\x00", 0, 0},         // too long, and 0
		{"\x80\x00", 0, 0},                         // overlong
		{"\xff\x00", 0, 0},                         // overlong
		{"\x80\x80\x00", 0, 0},                     // overlong
		{"\x80", 0, 0},                             // cut short
		{"\xff\xff\xff\xff", 0, 0},                 // cut short
		{"\xff\xff\xff\xff\xff\xff\xff\x01", 0, 0}, // 64 bits
	}
	for _, tt := range tests {
		if n, k := Len([]byte(tt.bytes)); n != tt.n || k != tt.k {
			t.Errorf("Len(%x) = %d, %d, want %d, %d", tt.bytes, n, k, tt.n, tt.k)
		}
		n, k := ShortLen([]byte(tt.bytes))
		if tt.k > 2 {
			tt.n, tt.k = 0, 0
		}
		if n != tt.n || k != tt.k {
			t.Errorf("ShortLen(%x) = %d, %d, want %d, %d", tt.bytes, n, k, tt.n, tt.k)
		}
	}
}

func TestLenError(t *testing.T) {
	tests := []struct {
		bytes string
		want  error
	}{
		{"", ErrShort},
		{"\x80", ErrShort},
		{"\xff\xff\xff\xff", ErrShort},
		{"\x05abcd", ErrShort},
		{"\x80\x00", ErrMalformed},
		{"\xff\xff\xff\xff\xff", ErrMalformed},
		{"\xff\xff\xff\xff\x08", ErrMalformed},
		{"\x0b", ErrLimit},
		{"\x80\x80\x01", ErrLimit},
	}
	for _, tt := range tests {
		err := LenError("T.F", []byte(tt.bytes), 10)
		var e *Error
		if !errors.Is(err, tt.want) || !errors.As(err, &e) || e.Field != "T.F" {
			t.Errorf("LenError(%x) = %v, want %v", tt.bytes, err, tt.want)
		}
	}
}

// FuzzLen compares Len with encoding/binary, which is not strict.
func FuzzLen(f *testing.F) {
	for _, n := range []int{0, 127, 128, 16383, 16384, math.MaxInt32} {
		f.Add(AppendLen(nil, n))
	}
	f.Add([]byte{0x80, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		n, k := Len(b)
		if k == 0 {
			return
		}
		if again := AppendLen(nil, n); !bytes.Equal(again, b[:k]) || SizeLen(n) != k {
			t.Fatalf("%x is %d, which encodes as %x and has size %d", b[:k], n, again, SizeLen(n))
		}
		if v, size := binary.Uvarint(b); v != uint64(n) || size != k {
			t.Fatalf("%x is %d, encoding/binary says %d", b, n, v)
		}
		if short, size := ShortLen(b); k <= 2 && (short != n || size != k) {
			t.Fatalf("ShortLen(%x) = %d, %d", b, short, size)
		}
	})
}
