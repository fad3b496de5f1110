package golang

import (
	"strconv"

	. "github.com/dave/jennifer/jen" //nolint:staticcheck // the generator reads like the code it writes

	"github.com/sim-im/sim/codegen/ir"
)

// appendStrides adds the lines that append v, a list whose elements have one
// size: dst grows once, and the elements are put where they belong.
func appendStrides(body *lines, t *ir.Type, v string) {
	parts, size := partsOfValue(t.Elem, "list[i]", "")
	stride := Index(Lit(size)).Byte()
	code := lines{
		Id("list").Op(":=").Id(v),
		Var().Id("strides").Index().Add(stride),
		List(Id("dst"), Id("strides")).Op("=").Qual(wirePath, "Extend").Types(stride).Call(Id("dst"), Len(Id("list"))),
	}
	if t.Elem.Kind == ir.Array {
		code.add(Copy(Id("strides"), Id("list")))
	} else {
		put := lines{Id("p").Op(":=").Op("&").Id("strides[i]")}
		for _, p := range parts {
			put.add(putPart(p))
		}
		code.add(Id("list").Op("=").Id("list").Index(Op(":").Len(Id("strides"))))
		code.add(For(Id("i").Op(":=").Range().Id("strides")).Block(put...))
	}
	body.add(Block(code...))
}

// putPart is the line that writes a part into p, a pointer to an array.
func putPart(v part) Code {
	size, _ := v.typ.Fixed()
	place := Id("p").Index(Lit(v.at).Op(":").Lit(v.at + size))
	one := Id("p").Index(Lit(v.at)).Op("=")
	switch {
	case v.target == "":
		return Clear(place)
	case v.typ.Kind == ir.Array:
		return Copy(place, Id(v.target).Index(Op(":")))
	case v.typ.Kind == ir.Bool:
		return one.Add(wire("Bool", Id(v.target)))
	case v.typ.Bits == 8:
		return one.Add(unsigned(v.typ, v.target))
	}
	return binary("PutUint"+strconv.Itoa(v.typ.Bits), place, unsigned(v.typ, v.target))
}

// unsigned is the number v as the unsigned integer of its size.
func unsigned(t *ir.Type, v string) *Statement {
	bits := strconv.Itoa(t.Bits)
	switch {
	case t.Kind == ir.Float:
		return Qual("math", "Float"+bits+"bits").Call(Id(v))
	case t.Bits == 8 && (t.Kind == ir.Int || t.Enum != nil):
		return Byte().Call(Id(v))
	case t.Kind == ir.Int || t.Enum != nil:
		return Id("uint" + bits).Call(Id(v))
	}
	return Id(v)
}
