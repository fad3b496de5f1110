package layout

import (
	"encoding/binary"
	"math/rand/v2"
)

// Random returns bytes that decode as s: values of every kind, often small,
// sometimes extreme, from senders of any generation, in reserved fields too.
func (s *Struct) Random(rng *rand.Rand) []byte { return random{rng}.fields(s) }

// random makes values by chance.
type random struct{ *rand.Rand }

// fields returns the fields of s, up to the end of some generation, or with
// bytes of a later one behind them.
func (r random) fields(s *Struct) (b []byte) {
	last := s.Generations()
	if r.rare(3) {
		last = 1 + r.IntN(last)
	}
	for _, f := range s.Fields {
		if f.Gen <= last {
			b = append(b, r.field(f)...)
		}
	}
	if last == s.Generations() && !s.Frozen && r.rare(8) {
		b = append(b, r.bytes(1+r.IntN(20))...)
	}
	return b
}

func (r random) field(f Field) []byte {
	t := f.Type
	switch {
	case t.Kind == Bool:
		return []byte{byte(r.IntN(2))}
	case t.Kind == Float && r.rare(2):
		return r.float(t.Size)
	case t.Size > 0:
		return r.bytes(t.Size)
	case t.Kind == Nested && t.Struct.Frozen:
		return r.fields(t.Struct)
	case t.Kind == Nested:
		body := r.fields(t.Struct)
		return append(length(len(body)), body...)
	case t.Kind == List:
		n := r.size(f.Max, 3)
		b := length(n)
		for range n {
			b = append(b, r.field(Field{Type: *t.Of, Max: f.Elem})...)
		}
		return b
	}
	n := r.size(f.Max, 12)
	if t.Kind == String {
		return append(length(n), r.text(n)...)
	}
	return append(length(n), r.bytes(n)...)
}

// size returns a length up to most: near 0, near the steps of the length
// itself, or the greatest.
func (r random) size(most, common int) int {
	n := r.IntN(common + 1)
	switch {
	case r.rare(40):
		n = most
	case r.rare(20):
		n = 126 + r.IntN(4)
	}
	return min(n, most)
}

// bytes returns n bytes, sometimes all equal.
func (r random) bytes(n int) []byte {
	b := make([]byte, n)
	same, equal := byte(r.Uint32()), r.rare(4)
	for i := range b {
		b[i] = byte(r.Uint32())
		if equal {
			b[i] = same
		}
	}
	return b
}

// float returns a NaN of some kind, an infinity, a zero or the least number.
func (r random) float(size int) []byte {
	singles := []uint32{0x7fc00000, 0x7f800001, 0xffc12345, 0x7f800000, 0xff800000, 0x80000000, 0, 1, 0x3f800000}
	doubles := []uint64{0x7ff8 << 48, 0x7ff0<<48 | 1, 0xfff8<<48 | 12345, 0x7ff0 << 48, 0xfff0 << 48, 1 << 63, 0, 1, 0x3ff0 << 48}
	i := r.IntN(len(singles))
	if size == 4 {
		return binary.LittleEndian.AppendUint32(nil, singles[i])
	}
	return binary.LittleEndian.AppendUint64(nil, doubles[i])
}

// text returns n bytes of UTF-8.
func (r random) text(n int) string {
	characters := []string{"a", "\x00", "\x7f", "é", "\u0080", "߿", "€", "\ufeff", "\ud7ff", "\uffff", "𝄞", "\U0010ffff"}
	text := ""
	for len(text) < n {
		if c := characters[r.IntN(len(characters))]; len(text)+len(c) <= n {
			text += c
		}
	}
	return text
}

// rare is true once in n times.
func (r random) rare(n int) bool { return r.IntN(n) == 0 }
