package typescript

import (
	"fmt"
	"math"

	"github.com/sim-im/sim/codegen/ir"
)

// facts returns what the type of a field does not say.
func facts(f *ir.Field) []string {
	var list []string
	add := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	switch f.Type.Kind {
	case ir.String:
		add("At most %d bytes of UTF-8.", f.Max)
	case ir.Bytes:
		add("At most %d bytes.", f.Max)
	case ir.Array:
		add("Exactly %d bytes.", f.Type.Len)
	case ir.List:
		add("At most %d elements.", f.Max)
		elements(f, add)
	default:
		number(f.Type, add)
	}
	if f.Type.Holds != nil {
		add("An encoded {@link %s}.", structName(f.Type.Holds))
	}
	if f.Secret {
		add("Secret: do not log it.")
	}
	if f.Gen > 1 {
		add("Since generation %d: zero from an older sender.", f.Gen)
	}
	return list
}

// elements says what the elements of a list are.
func elements(f *ir.Field, add func(string, ...any)) {
	switch e := f.Type.Elem; {
	case e.Kind == ir.Array:
		add("Each of exactly %d bytes.", e.Len)
	case e.Holds != nil:
		add("Each an encoded {@link %s} of at most %d bytes.", structName(e.Holds), f.Elem)
	case f.Elem > 0:
		add("Each of at most %d bytes.", f.Elem)
	default:
		number(e, add)
	}
}

// number says which values a number may have.
func number(t *ir.Type, add func(string, ...any)) {
	switch {
	case t.Kind == ir.Float && t.Bits == 32:
		add("Kept with 32 bits.")
	case enumOf(t) != nil:
	case t.Kind == ir.Uint && t.Bits < 64:
		add("0 to %d.", uint64(math.MaxUint64)>>(64-t.Bits))
	case t.Kind == ir.Int && t.Bits < 64:
		add("%d to %d.", -1<<(t.Bits-1), 1<<(t.Bits-1)-1)
	case t.Kind == ir.Uint:
		add("Unsigned, of 64 bits.")
	case t.Kind == ir.Int:
		add("Signed, of 64 bits.")
	}
}
