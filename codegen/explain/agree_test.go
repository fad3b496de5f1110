package explain

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/sim-im/sim/codegen/ir"
	"github.com/sim-im/sim/codegen/parse"
	"github.com/sim-im/sim/msgdef/wire/wiretest"
)

// definitions reads a folder of definitions that have generated codecs.
func definitions(t testing.TB, dir string) *ir.Package {
	t.Helper()
	var problems ir.Problems
	p, err := parse.Package(dir, &problems)
	if err != nil || problems.Failed() {
		t.Fatalf("%s: %v %v", dir, err, problems.Sorted())
	}
	return p
}

// TestAgrees checks the interpreting decoder against the generated ones on
// random messages and on mutations of them.
func TestAgrees(t *testing.T) {
	for dir, types := range generated {
		for _, s := range definitions(t, dir).Structs() {
			t.Run(s.Name, func(t *testing.T) {
				if types[s.Name] == nil {
					t.Fatalf("generated_test.go does not know %s", s.Name)
				}
				agreesOn(t, s, types[s.Name])
			})
		}
	}
}

func agreesOn(t *testing.T, s *ir.Struct, fresh func() wiretest.Message) {
	source := &chance{rand.New(rand.NewPCG(1, 2))}
	for range 60 {
		m := fresh()
		wiretest.Fill(m, source)
		b := m.Append(nil)
		if !agree(t, s, fresh, b) {
			t.Fatalf("%x is valid and refused", b)
		}
		for range 12 {
			agree(t, s, fresh, source.mutate(b))
		}
	}
	for cut := range 40 {
		agree(t, s, fresh, make([]byte, cut))
	}
}

// agree compares the verdict on b and, when it is good, what b encodes to again.
// It tells whether b was accepted.
func agree(t *testing.T, s *ir.Struct, fresh func() wiretest.Message, b []byte) bool {
	t.Helper()
	m := fresh()
	want := m.Decode(b)
	root, failure := Decode(s, b, 0)
	switch {
	case (want == nil) != (failure == nil):
		t.Fatalf("%x: generated says %v, here %v", b, want, failure)
	case want == nil:
		if got := Encode(root); !bytes.Equal(got, m.Append(nil)) {
			t.Fatalf("%x becomes\n%x, here\n%x", b, m.Append(nil), got)
		}
		return true
	case !errors.Is(want, failure.Err):
		t.Fatalf("%x: generated says %v, here %v", b, want, failure)
	case failure.Offset < 0 || failure.Offset > len(b):
		t.Fatalf("%x: offset %d is outside", b, failure.Offset)
	}
	return false
}

// chance is a random wiretest.Source.
type chance struct{ *rand.Rand }

// Count is mostly small, sometimes the limit if that is not large.
func (c *chance) Count(_, limit int) int { return c.IntN(min(limit, 4) + 1) }

// Blob is random bytes, mostly few.
func (c *chance) Blob(limit int) []byte {
	b := make([]byte, c.IntN(min(limit, 200)+1))
	for i := range b {
		b[i] = byte(c.Uint32())
	}
	return b
}

// Text is as Blob, of characters of one and two bytes.
func (c *chance) Text(limit int) string {
	var b []byte
	for n := c.IntN(min(limit, 150) + 1); len(b)+2 <= n; {
		b = append(b, []string{"a", "é"}[c.IntN(2)]...)
	}
	return string(b)
}

// mutate changes, cuts, repeats or extends a copy of b.
func (c *chance) mutate(b []byte) []byte {
	b = slices.Clone(b)
	for range 1 + c.IntN(3) {
		at := c.IntN(len(b) + 1)
		switch c.IntN(5) {
		case 0:
			b = b[:at]
		case 1:
			b = append(b, c.Blob(9)...)
		case 2:
			b = slices.Insert(b, at, c.Blob(3)...)
		default:
			if at < len(b) {
				b[at] = []byte{0, 1, 2, 0x7f, 0x80, 0xff, b[at] + 1, b[at] ^ 1<<c.IntN(8)}[c.IntN(8)]
			}
		}
	}
	return b
}

// FuzzDecode feeds arbitrary bytes to both decoders of every struct.
func FuzzDecode(f *testing.F) {
	type target struct {
		s     *ir.Struct
		fresh func() wiretest.Message
	}
	var targets []target
	for _, dir := range []string{"../../msgdef", "../../msgdef/vectors/kinds"} {
		for _, s := range definitions(f, dir).Structs() {
			m := generated[dir][s.Name]()
			wiretest.Fill(m, &wiretest.Steady{})
			f.Add(uint8(len(targets)), m.Append(nil))
			targets = append(targets, target{s, generated[dir][s.Name]})
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, b []byte) {
		x := targets[int(which)%len(targets)]
		agree(t, x.s, x.fresh, b)
		root, failure := Decode(x.s, b, 0)
		var out bytes.Buffer
		Text(&out, root, failure, Options{})
		_ = ToJSON(root, failure, Options{})
	})
}
