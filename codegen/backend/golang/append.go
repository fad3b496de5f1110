package golang

import (
	"strconv"

	. "github.com/dave/jennifer/jen" //nolint:staticcheck // the generator reads like the code it writes

	"github.com/sim-im/sim/codegen/ir"
)

// append writes the encoder: a plain chain of appends.
func (g *generator) append(out *File, s *ir.Struct) {
	var body lines
	comment(out, "Append appends the encoded %s to dst. It does not check limits: see Validate.", s.Name)
	if _, fixed := s.Stride(); !fixed {
		comment(out, "Without dst it allocates once, what is needed.")
		body.add(If(Id("dst").Op("==").Nil()).Block(Id("dst").Op("=").Make(Index().Byte(), Lit(0), Id("m").Dot("Size").Call())))
	}
	appendFields(&body, s, "m")
	body.add(Return(Id("dst")))
	out.Add(method("*"+s.Name, "Append").Params(Id("dst").Index().Byte()).Index().Byte().Block(body...))
	out.Line()
}

// appendFields adds the lines that append the fields of v, a struct s.
func appendFields(body *lines, s *ir.Struct, v string) {
	for _, f := range s.Fields {
		if f.Reserved {
			appendZero(body, f.Type)
		} else {
			appendValue(body, f.Type, v+"."+f.Name)
		}
	}
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
		appendNested(body, t, v)
	case ir.List:
		appendList(body, t, v)
	}
}

// appendNested appends a struct by its own encoder, unless it is of one size:
// then its fields stand here, like those around it.
func appendNested(body *lines, t *ir.Type, v string) {
	if _, stride := t.Stride(); stride {
		appendFields(body, t.Struct, v)
		return
	}
	if !t.Struct.Frozen {
		body.set("dst", wire("AppendLen", Id("dst"), Id(v).Dot("Size").Call()))
	}
	body.set("dst", Id(v).Dot("Append").Call(Id("dst")))
}

// appendList appends the count and the elements.
func appendList(body *lines, t *ir.Type, v string) {
	body.set("dst", wire("AppendLen", Id("dst"), Len(Id(v))))
	if _, stride := t.Elem.Stride(); stride {
		appendStrides(body, t, v)
		return
	}
	var loop lines
	if t.Elem.Kind == ir.Nested {
		loop.add(Id("e").Op(":=").Op("&").Id(v + "[i]"))
		appendValue(&loop, t.Elem, "e")
		body.add(For(Id("i").Op(":=").Range().Id(v)).Block(loop...))
		return
	}
	appendValue(&loop, t.Elem, "v")
	body.add(For(List(Id("_"), Id("v")).Op(":=").Range().Id(v)).Block(loop...))
}

func appendNumber(body *lines, t *ir.Type, v string) {
	if t.Bits == 8 {
		body.set("dst", Append(Id("dst"), unsigned(t, v)))
		return
	}
	body.set("dst", binary("AppendUint"+strconv.Itoa(t.Bits), Id("dst"), unsigned(t, v)))
}

// appendZero adds the lines that append the zero value of a reserved field.
func appendZero(body *lines, t *ir.Type) {
	switch n, fixed := t.Stride(); {
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
