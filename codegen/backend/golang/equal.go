package golang

import (
	"strconv"

	. "github.com/dave/jennifer/jen" //nolint:staticcheck // the generator reads like the code it writes

	"github.com/sim-im/sim/codegen/ir"
)

// equal writes the comparison of two messages: that of their encodings, without
// encoding them.
func (g *generator) equal(out *File, s *ir.Struct) {
	var all *Statement
	for _, f := range s.Fields {
		if f.Reserved {
			continue
		}
		if all == nil {
			all = equalValue(f.Type, "m."+f.Name, "o."+f.Name)
		} else {
			all.Op("&&").Line().Add(equalValue(f.Type, "m."+f.Name, "o."+f.Name))
		}
	}
	other := "o"
	if all == nil {
		all, other = True(), "_"
	}
	comment(out, "Equal tells whether m and o encode to the same bytes: an empty list equals none,")
	comment(out, "and floats are compared bit by bit, so NaN equals itself and 0 is not -0.")
	out.Add(method("*"+s.Name, "Equal").Params(Id(other).Op("*").Id(s.Name)).Bool().Block(Return(all)))
	out.Line()
}

// equalValue compares two values of type t.
func equalValue(t *ir.Type, m, o string) *Statement {
	switch t.Kind {
	case ir.Float:
		return wire("EqualFloat"+strconv.Itoa(t.Bits), Id(m), Id(o))
	case ir.Bytes:
		return Qual("bytes", "Equal").Call(Id(m), Id(o))
	case ir.Nested:
		return Id(m).Dot("Equal").Call(Op("&").Id(o))
	case ir.List:
		return equalList(t.Elem, Id(m), Id(o))
	}
	return Id(m).Op("==").Id(o)
}

func equalList(elem *ir.Type, m, o Code) *Statement {
	by := func(f Code) *Statement { return Qual("slices", "EqualFunc").Call(m, o, f) }
	switch elem.Kind {
	case ir.Float:
		return by(Qual(wirePath, "EqualFloat"+strconv.Itoa(elem.Bits)))
	case ir.Bytes:
		return by(Qual("bytes", "Equal"))
	case ir.Nested:
		return wire("EqualLists", m, o, Parens(Op("*").Add(goType(elem))).Dot("Equal"))
	}
	return Qual("slices", "Equal").Call(m, o)
}
