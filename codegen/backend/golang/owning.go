package golang

import (
	. "github.com/dave/jennifer/jen" //nolint:staticcheck // the generator reads like the code it writes

	"github.com/sim-im/sim/codegen/ir"
)

// owning writes the body of Decode: one copy, of the only field that needs it
// or else of the whole input.
func owning(s *ir.Struct) []Code {
	alias := func(b Code) Code { return Id("m").Dot("DecodeAlias").Call(b) }
	if !s.Aliases() {
		return []Code{Return(alias(Id("b")))}
	}
	only := onlyAlias(s)
	if only == nil {
		return []Code{Return(alias(Qual("bytes", "Clone").Call(Id("b"))))}
	}
	from := "bytes"
	if only.Type.Kind == ir.String {
		from = "strings"
	}
	field := Id("m." + only.Name)
	return []Code{
		If(Err().Op(":=").Add(alias(Id("b"))), Err().Op("!=").Nil()).Block(Return(Err())),
		Add(field).Op("=").Qual(from, "Clone").Call(field),
		Return(Nil()),
	}
}

// onlyAlias returns the one string or bytes field of a struct that holds
// nothing else pointing into the input, or nil.
func onlyAlias(s *ir.Struct) *ir.Field {
	var only *ir.Field
	for _, f := range s.Fields {
		switch {
		case f.Reserved || !f.Type.Aliases():
		case only != nil || f.Type.Kind == ir.List || f.Type.Kind == ir.Nested:
			return nil
		default:
			only = f
		}
	}
	return only
}
