package typescript

import (
	"github.com/sim-im/sim/codegen/backend"
	"github.com/sim-im/sim/codegen/ir"
)

// facts returns what the type of a field does not say.
func facts(f *ir.Field) []string {
	return backend.Facts(f, backend.Words{Struct: link, Number: number, Secret: "Secret: do not log it."})
}

func link(s *ir.Struct) string { return "{@link " + structName(s) + "}" }

// number says which values a number may have.
func number(t *ir.Type) string {
	switch {
	case t.Kind == ir.Float && t.Bits == 32:
		return "Kept with 32 bits."
	case t.Kind != ir.Int && t.Kind != ir.Uint || t.Named():
		return ""
	case t.Bits < 64:
		return backend.Range(t)
	case t.Kind == ir.Uint:
		return "Unsigned, of 64 bits."
	}
	return "Signed, of 64 bits."
}
