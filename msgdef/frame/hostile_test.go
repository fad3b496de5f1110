package frame

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"
)

// TestHostileFramesAllocateNothing reads changed and cut frames: whatever they
// claim, nothing is taken for it.
func TestHostileFramesAllocateNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	good := AppendRaw(AppendRaw(AppendRaw(nil, 0x0101, []byte("some body")), 0x8000, nil), 5, make([]byte, 300))
	for range 300 {
		b := bytes.Clone(good[:rng.IntN(len(good)+1)])
		for i := 0; i < 3 && len(b) > 0; i++ {
			b[rng.IntN(len(b))] = byte(rng.Uint32())
		}
		if n := testing.AllocsPerRun(1, func() { drain(b) }); n != 0 {
			t.Errorf("%x: %v allocations", b, n)
		}
		if n := testing.AllocsPerRun(1, func() { _, _ = Split(b, 16) }); n != 0 {
			t.Errorf("Split of %x: %v allocations", b, n)
		}
	}
}

// drain reads frames until there are no more.
func drain(b []byte) {
	for err := error(nil); err == nil; {
		_, b, err = Next(b)
	}
}

// TestEveryTruncationOfARecord cuts several frames at every byte: what is
// whole is read, and the rest is padding or malformed.
func TestEveryTruncationOfARecord(t *testing.T) {
	ends := []int{0}
	var b []byte
	for _, body := range []string{"one", "", "three"} {
		b = AppendRaw(b, 0x0101, []byte(body))
		ends = append(ends, len(b))
	}
	for n := range len(b) + 1 {
		whole, left, err := -1, b[:n], error(nil)
		for ; err == nil; whole++ {
			_, left, err = Next(left)
		}
		boundary := n == ends[whole]
		if n < ends[whole] || whole+1 < len(ends) && n >= ends[whole+1] || errors.Is(err, ErrEnd) != boundary {
			t.Errorf("%d bytes: %d frames, then %v", n, whole, err)
		}
	}
}
