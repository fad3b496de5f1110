package golang

import (
	. "github.com/dave/jennifer/jen" //nolint:staticcheck // the generator reads like the code it writes

	"github.com/sim-im/sim/codegen/ir"
)

// validate writes the check of what Append takes on trust.
func (g *generator) validate(out *File, s *ir.Struct) {
	var body lines
	for _, f := range s.Fields {
		if !f.Reserved {
			validateField(&body, s, f)
		}
	}
	if len(body) == 0 {
		body.add(Return(Nil()))
	} else {
		body = append(lines{Var().Id("v").Qual(wirePath, "Violations")}, body...)
		body.add(Return(Id("v").Dot("Err").Call()))
	}
	comment(out, "Validate reports every field above its limit and every string that is not UTF-8.")
	out.Add(method("*"+s.Name, "Validate").Params().Error().Block(body...))
	out.Line()
}

func validateField(body *lines, s *ir.Struct, f *ir.Field) {
	v, name := "m."+f.Name, Lit(s.Name+"."+f.Name)
	call := func(what string, args ...Code) Code { return Id("v").Dot(what).Call(args...) }
	loop := func(each Code) { body.add(For(Id("i").Op(":=").Range().Id(v)).Block(each)) }
	switch f.Type.Kind {
	case ir.String:
		body.add(call("Text", name, Id(v), Lit(f.Max)))
	case ir.Bytes:
		body.add(call("Len", name, Len(Id(v)), Lit(f.Max)))
	case ir.Nested:
		body.add(call("Nested", name, Id(v).Dot("Validate").Call()))
	case ir.List:
		body.add(call("Len", name, Len(Id(v)), Lit(f.Max)))
		switch f.Type.Elem.Kind {
		case ir.String:
			loop(call("Text", name, Id(v+"[i]"), Lit(f.Elem)))
		case ir.Bytes:
			loop(call("Len", name, Len(Id(v+"[i]")), Lit(f.Elem)))
		case ir.Nested:
			loop(call("Elem", name, Id("i"), Id(v+"[i]").Dot("Validate").Call()))
		}
	}
}
