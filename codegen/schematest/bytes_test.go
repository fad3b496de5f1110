package schematest

import (
	"fmt"

	"github.com/sim-im/sim/codegen/explain"
	"github.com/sim-im/sim/codegen/ir"
)

// understood returns how two versions of a struct differ in what they see in the
// same bytes, as far as both know the fields; empty when they do not.
func understood(older, newer *explain.Node) string {
	for i, was := range older.Parts {
		switch {
		case was.State == explain.Trailing:
			return ""
		case i >= len(newer.Parts) || newer.Parts[i].State == explain.Trailing:
			return was.Name + " is gone"
		}
		if why := sameValue(was, newer.Parts[i]); why != "" {
			return was.Name + ": " + why
		}
	}
	return ""
}

func sameValue(was, is *explain.Node) string {
	switch {
	case was.Field.Reserved && !is.Field.Reserved:
		return "was reserved"
	case !sameType(was.Type, is.Type):
		return fmt.Sprintf("was %s and is %s", was.Type, is.Type)
	case was.Offset != is.Offset || string(was.Bytes) != string(is.Bytes):
		return fmt.Sprintf("was %x at %d and is %x at %d", was.Bytes, was.Offset, is.Bytes, is.Offset)
	case was.Type.Kind == ir.List:
		for i := range was.Parts {
			if why := sameValue(was.Parts[i], is.Parts[i]); why != "" {
				return why
			}
		}
	case was.Type.Kind == ir.Nested:
		return understood(was, is)
	}
	return ""
}

func sameType(a, b *ir.Type) bool {
	if a.Kind != b.Kind || a.Bits != b.Bits || a.Len != b.Len {
		return false
	}
	return a.Kind != ir.List || sameType(a.Elem, b.Elem)
}
