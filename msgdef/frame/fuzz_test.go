package frame

import (
	"bytes"
	"errors"
	"testing"
)

// FuzzNext checks that reading never panics, always ends, and that writing
// what was read gives the same bytes again.
func FuzzNext(f *testing.F) {
	f.Add([]byte{})
	f.Add(make([]byte, 9))
	f.Add(AppendRaw(AppendRaw(nil, 0x0101, []byte("body")), 0x0002, nil))
	f.Add(append(AppendNotify(nil, 9, []byte("message")), 0, 0, 0))
	f.Add([]byte{1, 0, 255, 255, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		var written []byte
		left := b
		for {
			frame, rest, err := Next(left)
			if errors.Is(err, ErrEnd) {
				padding := make([]byte, len(left))
				if !bytes.Equal(append(written, padding...), b) {
					t.Fatal("written again, the frames differ")
				}
				return
			}
			if err != nil {
				return
			}
			if len(rest) >= len(left) {
				t.Fatal("no progress")
			}
			written = AppendRaw(written, frame.Type, frame.Body)
			left = rest
		}
	})
}

// FuzzSplit checks that a split is never empty nor longer than a record.
func FuzzSplit(f *testing.F) {
	f.Add([]byte{1, 0, 4, 0, 1, 2, 3, 4}, uint16(3000))
	f.Add([]byte{1, 0, 255, 255}, uint16(9))
	f.Fuzz(func(t *testing.T, part []byte, times uint16) {
		if len(part)*int(times) > 1<<20 || len(part) == 0 || times == 0 {
			return
		}
		b := bytes.Repeat(part, int(times))
		n, err := Split(b, MaxSize)
		if err == nil && (n <= 0 || n > MaxSize || n > len(b)) {
			t.Fatalf("Split of %d bytes = %d", len(b), n)
		}
	})
}
