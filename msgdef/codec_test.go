package msgdef

import (
	"reflect"
	"testing"

	"github.com/sim-im/sim/msgdef/wire/wiretest"
	"pgregory.net/rapid"
)

// random is a wiretest.Source that rapid draws from and shrinks.
type random struct {
	*rapid.T
}

func (r random) Uint64() uint64 { return rapid.Uint64().Draw(r.T, "number") }

func (r random) Count(_, limit int) int { return rapid.IntRange(0, min(limit, 5)).Draw(r.T, "count") }

func (r random) Blob(limit int) []byte {
	return rapid.SliceOfN(rapid.Byte(), 0, min(limit, 300)).Draw(r.T, "bytes")
}

func (r random) Text(limit int) string {
	return rapid.StringN(0, -1, min(limit, 300)).Draw(r.T, "text")
}

// each runs a test for every struct with a codec.
func each(t *testing.T, test func(t *testing.T, m wiretest.Message)) {
	for _, m := range samples() {
		t.Run(reflect.TypeOf(m).Elem().Name(), func(t *testing.T) { test(t, m) })
	}
}

func TestRoundTrip(t *testing.T) {
	each(t, func(t *testing.T, m wiretest.Message) {
		rapid.Check(t, func(rt *rapid.T) { wiretest.RoundTrip(rt, m, random{rt}) })
	})
}

func TestBoundedMemory(t *testing.T) { each(t, wiretest.Bounded) }

func TestNoAllocations(t *testing.T) { each(t, wiretest.NoAllocations) }
