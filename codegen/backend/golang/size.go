package golang

import (
	. "github.com/dave/jennifer/jen" //nolint:staticcheck // the generator reads like the code it writes

	"github.com/sim-im/sim/codegen/ir"
)

// size writes the exact encoded length: one constant for what is fixed, and a
// term or a loop for each field that is not.
func (g *generator) size(out *File, s *ir.Struct) {
	fixed := 0
	var body lines
	for _, f := range s.Fields {
		n, ok := f.Type.Stride()
		switch {
		case ok:
			fixed += n
		case f.Reserved && f.Type.Kind == ir.Nested:
			code := lines{Var().Id("zero").Add(goType(f.Type))}
			sizeValue(&code, f.Type, "zero")
			body.add(Block(code...))
		case f.Reserved:
			fixed++ // no bytes, no elements
		default:
			sizeValue(&body, f.Type, "m."+f.Name)
		}
	}
	if len(body) == 0 {
		body = lines{Return(Lit(fixed))}
	} else {
		body = append(lines{Id("n").Op(":=").Lit(fixed)}, body...)
		body.add(Return(Id("n")))
	}
	comment(out, "Size returns how many bytes Append appends.")
	out.Add(method("*"+s.Name, "Size").Params().Int().Block(body...))
	out.Line()
}

// sizeValue adds the lines that add the size of v to n.
func sizeValue(body *lines, t *ir.Type, v string) {
	add := func(terms *Statement) { body.add(Id("n").Op("+=").Add(terms)) }
	switch t.Kind {
	case ir.String, ir.Bytes:
		add(wire("SizePrefixed", Len(Id(v))))
	case ir.Nested:
		if t.Struct.Frozen {
			add(Id(v).Dot("Size").Call())
			return
		}
		add(wire("SizePrefixed", Id(v).Dot("Size").Call()))
	case ir.List:
		if n, ok := t.Elem.Stride(); ok {
			all := Len(Id(v))
			if n > 1 {
				all.Op("*").Lit(n)
			}
			add(wire("SizeLen", Len(Id(v))).Op("+").Add(all))
			return
		}
		add(wire("SizeLen", Len(Id(v))))
		var loop lines
		sizeValue(&loop, t.Elem, v+"[i]")
		body.add(For(Id("i").Op(":=").Range().Id(v)).Block(loop...))
	}
}
