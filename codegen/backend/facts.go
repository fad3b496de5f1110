package backend

import (
	"fmt"
	"slices"

	"github.com/sim-im/sim/codegen/ir"
)

// Words are what a language adds to the facts about a field.
type Words struct {
	Struct func(s *ir.Struct) string // how its documentation names a struct
	Number func(t *ir.Type) string   // which values a number may have that its type does not say, or ""
	Secret string                    // what to know of a secret
}

// Facts returns what the type of a field does not say in a language, a sentence
// each.
func Facts(f *ir.Field, w Words) []string {
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
		add("%s", elementFact(f, w))
	default:
		add("%s", w.Number(f.Type))
	}
	if f.Type.Holds != nil {
		add("An encoded %s.", w.Struct(f.Type.Holds))
	}
	if f.Secret {
		add("%s", w.Secret)
	}
	if f.Gen > 1 {
		add("Since generation %d: zero from an older sender.", f.Gen)
	}
	return slices.DeleteFunc(list, func(fact string) bool { return fact == "" })
}

// elementFact says what the elements of a list are.
func elementFact(f *ir.Field, w Words) string {
	switch e := f.Type.Elem; {
	case e.Kind == ir.Array:
		return fmt.Sprintf("Each of exactly %d bytes.", e.Len)
	case e.Holds != nil:
		return fmt.Sprintf("Each an encoded %s of at most %d bytes.", w.Struct(e.Holds), f.Elem)
	case f.Elem > 0:
		return fmt.Sprintf("Each of at most %d bytes.", f.Elem)
	default:
		return w.Number(e)
	}
}

// Range says which values an integer of up to 63 bits may have.
func Range(t *ir.Type) string {
	if t.Kind == ir.Uint {
		return fmt.Sprintf("0 to %d.", uint64(1)<<t.Bits-1)
	}
	return fmt.Sprintf("%d to %d.", -1<<(t.Bits-1), 1<<(t.Bits-1)-1)
}
