package java

import (
	"github.com/sim-im/sim/codegen/backend"
	"github.com/sim-im/sim/codegen/ir"
)

// facts returns what Java's type of a field does not say.
func facts(f *ir.Field) []string {
	return backend.Facts(f, backend.Words{Struct: link, Number: number, Secret: "Not shown by toString."})
}

func link(s *ir.Struct) string { return "{@link " + structName(s) + "}" }

// number says which values an integer may have.
func number(t *ir.Type) string {
	switch {
	case t.Named():
		return "See {@link " + enumName(t.Enum) + "}."
	case t.Kind == ir.Uint && t.Bits == 64:
		return "Unsigned."
	case t.Kind == ir.Uint, t.Kind == ir.Int && t.Bits < 32:
		return backend.Range(t)
	}
	return ""
}
