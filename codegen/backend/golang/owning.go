package golang

import (
	. "github.com/dave/jennifer/jen" //nolint:staticcheck // the generator reads like the code it writes

	"github.com/sim-im/sim/codegen/ir"
)

// owning writes the body of Decode. It allocates once: for the strings and bytes
// that are fields of the struct itself, or where others lie deeper, for a copy
// of the whole input.
func owning(s *ir.Struct) []Code {
	alias := func(b Code) Code { return Id("m").Dot("DecodeAlias").Call(b) }
	if !s.Aliases() {
		return []Code{Return(alias(Id("b")))}
	}
	fields, ok := aliasFields(s)
	if !ok {
		return []Code{Return(alias(Qual("bytes", "Clone").Call(Id("b"))))}
	}
	body := lines{If(Err().Op(":=").Add(alias(Id("b"))), Err().Op("!=").Nil()).Block(Return(Err()))}
	if len(fields) == 1 {
		from := "bytes"
		if fields[0].Type.Kind == ir.String {
			from = "strings"
		}
		field := "m." + fields[0].Name
		body.set(field, Qual(from, "Clone").Call(Id(field)))
	} else {
		copies(&body, fields)
	}
	body.add(Return(Nil()))
	return body
}

// copies adds the lines that move fields into memory of their own.
func copies(body *lines, fields []*ir.Field) {
	var size *Statement
	for _, f := range fields {
		n := Len(Id("m." + f.Name))
		if size == nil {
			size = n
		} else {
			size = size.Op("+").Add(n)
		}
	}
	body.add(Id("own").Op(":=").Add(wire("NewCopies", size)))
	for _, f := range fields {
		take := "Bytes"
		if f.Type.Kind == ir.String {
			take = "String"
		}
		body.set("m."+f.Name, Id("own").Dot(take).Call(Id("m."+f.Name)))
	}
}

// aliasFields returns the strings and bytes of a struct; ok is false when
// something in a list or another struct points into the input too.
func aliasFields(s *ir.Struct) (fields []*ir.Field, ok bool) {
	for _, f := range s.Fields {
		switch {
		case f.Reserved || !f.Type.Aliases():
		case f.Type.Kind == ir.List || f.Type.Kind == ir.Nested:
			return nil, false
		default:
			fields = append(fields, f)
		}
	}
	return fields, true
}
