package golang

import (
	. "github.com/dave/jennifer/jen" //nolint:staticcheck // the generator reads like the code it writes

	"github.com/sim-im/sim/codegen/ir"
)

// reset writes the way back to the zero value that keeps the memory of lists.
// Strings and bytes go: they may lie in memory of somebody else.
func (g *generator) reset(out *File, s *ir.Struct) {
	var body lines
	doc := []string{"Reset makes m empty. What its strings and bytes pointed to is not kept."}
	if holdsList(s) {
		doc = []string{
			"Reset makes m empty and keeps the memory of its lists for the next use, so they",
			"must be its own. What strings and bytes pointed to is not kept.",
		}
		for _, f := range s.Fields {
			if !f.Reserved {
				resetValue(&body, f.Type, "m."+f.Name)
			}
		}
	} else {
		body.add(Op("*").Id("m").Op("=").Id(s.Name).Values())
	}
	for _, line := range doc {
		comment(out, "%s", line)
	}
	out.Add(method("*"+s.Name, "Reset").Params().Block(body...))
	out.Line()
}

// resetValue adds the lines that empty v. Of a list all elements up to the
// capacity are emptied that could hold on to anything.
func resetValue(body *lines, t *ir.Type, v string) {
	switch {
	case t.Kind == ir.Nested && holdsList(t.Struct):
		body.add(Id(v).Dot("Reset").Call())
	case t.Kind == ir.List && t.Elem.Kind == ir.Nested && holdsList(t.Elem.Struct):
		body.set(v, Id(v).Index(Op(":").Cap(Id(v))))
		body.add(For(Id("i").Op(":=").Range().Id(v)).Block(Id(v + "[i]").Dot("Reset").Call()))
		body.set(v, Id(v).Index(Op(":").Lit(0)))
	case t.Kind == ir.List && t.Elem.Aliases():
		body.add(Clear(Id(v).Index(Op(":").Cap(Id(v)))))
		body.set(v, Id(v).Index(Op(":").Lit(0)))
	case t.Kind == ir.List:
		body.set(v, Id(v).Index(Op(":").Lit(0)))
	default:
		body.set(v, zero(t))
	}
}

// holdsList tells whether s has a list, also in a struct that it contains.
func holdsList(s *ir.Struct) bool {
	for _, f := range s.Fields {
		if !f.Reserved && (f.Type.Kind == ir.List || f.Type.Kind == ir.Nested && holdsList(f.Type.Struct)) {
			return true
		}
	}
	return false
}
