package golang

import (
	"strconv"

	. "github.com/dave/jennifer/jen" //nolint:staticcheck // the generator reads like the code it writes

	"github.com/sim-im/sim/codegen/ir"
)

// append writes the encoder: a plain chain of appends.
func (g *generator) append(out *File, s *ir.Struct) {
	var body lines
	for _, f := range s.Fields {
		if f.Reserved {
			appendZero(&body, f.Type)
		} else {
			appendValue(&body, f.Type, "m."+f.Name)
		}
	}
	body.add(Return(Id("dst")))
	comment(out, "Append appends the encoded %s to dst. It does not check limits: see Validate.", s.Name)
	out.Add(method("*"+s.Name, "Append").Params(Id("dst").Index().Byte()).Index().Byte().Block(body...))
	out.Line()
}

// appendValue adds the lines that append the value v of type t.
func appendValue(body *lines, t *ir.Type, v string) {
	switch t.Kind {
	case ir.Bool:
		body.set("dst", wire("AppendBool", Id("dst"), Id(v)))
	case ir.Int, ir.Uint, ir.Float:
		appendNumber(body, t, v)
	case ir.Array:
		body.set("dst", Append(Id("dst"), Id(v).Index(Op(":")).Op("...")))
	case ir.String, ir.Bytes:
		body.set("dst", wire("AppendLen", Id("dst"), Len(Id(v))))
		body.set("dst", Append(Id("dst"), Id(v).Op("...")))
	case ir.Nested:
		if !t.Struct.Frozen {
			body.set("dst", wire("AppendLen", Id("dst"), Id(v).Dot("Size").Call()))
		}
		body.set("dst", Id(v).Dot("Append").Call(Id("dst")))
	case ir.List:
		var loop lines
		appendValue(&loop, t.Elem, v+"[i]")
		body.set("dst", wire("AppendLen", Id("dst"), Len(Id(v))))
		body.add(For(Id("i").Op(":=").Range().Id(v)).Block(loop...))
	}
}

func appendNumber(body *lines, t *ir.Type, v string) {
	bits := strconv.Itoa(t.Bits)
	value := Id(v)
	switch {
	case t.Kind == ir.Float:
		value = Qual("math", "Float"+bits+"bits").Call(value)
	case t.Bits == 8 && (t.Kind == ir.Int || t.Enum != nil):
		value = Byte().Call(value)
	case t.Kind == ir.Int || t.Enum != nil:
		value = Id("uint" + bits).Call(value)
	}
	if t.Bits == 8 {
		body.set("dst", Append(Id("dst"), value))
		return
	}
	body.set("dst", binary("AppendUint"+bits, Id("dst"), value))
}

// appendZero adds the lines that append the zero value of a reserved field.
func appendZero(body *lines, t *ir.Type) {
	switch n, fixed := t.Fixed(); {
	case fixed:
		body.set("dst", Append(Id("dst"), Make(Index().Byte(), Lit(n)).Op("...")))
	case t.Kind == ir.Nested:
		code := lines{Var().Id("zero").Add(goType(t))}
		appendValue(&code, t, "zero")
		body.add(Block(code...))
	default: // no bytes, no elements
		body.set("dst", Append(Id("dst"), Lit(0)))
	}
}
