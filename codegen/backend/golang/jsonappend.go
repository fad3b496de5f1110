package golang

import (
	. "github.com/dave/jennifer/jen" //nolint:staticcheck // the generator reads like the code it writes

	"github.com/sim-im/sim/codegen/ir"
)

// appendJSON writes the encoder: names are constants, so it is appends again.
func (g *generator) appendJSON(out *File, s *ir.Struct) {
	var body lines
	before := "{"
	for _, f := range live(s) {
		appendText(&body, before+`"`+ir.CamelCase(f.Name)+`":`)
		appendJSONValue(&body, f.Type, "m."+f.Name, f.Max, f.Elem)
		before = ","
	}
	if before == "{" {
		appendText(&body, before)
	}
	body.add(Return(Append(Id("dst"), LitRune('}'))))
	comment(out, "AppendJSON appends %s as a JSON object to dst. It does not check limits: see Validate.", s.Name)
	out.Add(method("*"+s.Name, "AppendJSON").Params(Id("dst").Index().Byte()).Index().Byte().Block(body...))
	out.Line()
}

func appendText(body *lines, text string) {
	if len(text) == 1 {
		body.set("dst", Append(Id("dst"), LitRune(rune(text[0]))))
		return
	}
	body.set("dst", Append(Id("dst"), Op("`"+text+"`").Op("...")))
}

// appendJSONValue adds the lines that append the value v of type t. limit bounds
// its length, elem that of its elements.
func appendJSONValue(body *lines, t *ir.Type, v string, limit, elem int) {
	call := func(name string, args ...Code) {
		body.set("dst", jsonCall(name, append([]Code{Id("dst")}, args...)...))
	}
	switch t.Kind {
	case ir.Bool:
		body.set("dst", Qual("strconv", "AppendBool").Call(Id("dst"), Id(v)))
	case ir.Int, ir.Uint:
		name, value := jsonNumber(t)
		if goType(t).GoString() == value {
			call("Append"+name, Id(v))
		} else {
			call("Append"+name, Id(value).Call(Id(v)))
		}
	case ir.Float:
		value := Id(v)
		if t.Bits != 64 {
			value = Float64().Call(value)
		}
		call("AppendFloat", value, Lit(t.Bits))
	case ir.String:
		call("AppendText", Id(v))
	case ir.Array:
		call("AppendBytes", Id(v).Index(Op(":")))
	case ir.Bytes:
		appendHeld(body, t, v, limit)
	case ir.Nested:
		body.set("dst", Id(v).Dot("AppendJSON").Call(Id("dst")))
	case ir.List:
		loop := lines{If(Id("i").Op(">").Lit(0)).Block(Id("dst").Op("=").Append(Id("dst"), LitRune(',')))}
		appendJSONValue(&loop, t.Elem, v+"[i]", elem, 0)
		appendText(body, "[")
		body.add(For(Id("i").Op(":=").Range().Id(v)).Block(loop...))
		appendText(body, "]")
	}
}

// jsonNumber returns what the runtime calls a kind of integer, and the Go type
// it takes and gives: all of 64 bits are strings.
func jsonNumber(t *ir.Type) (name, value string) {
	name, value = "Uint", "uint64"
	if t.Kind == ir.Int {
		name, value = "Int", "int64"
	}
	if t.Bits == 64 {
		name += "64"
	}
	return name, value
}

// appendHeld appends bytes, as the struct they hold if its object can be read
// back: what an older version wrote comes back longer, by later generations, and
// may be above the limit then. A struct that holds others itself may grow in more
// ways, so it has to say exactly the bytes.
func appendHeld(body *lines, t *ir.Type, v string, limit int) {
	plain := Id("dst").Op("=").Add(jsonCall("AppendBytes", Id("dst"), Id(v)))
	if t.Holds == nil {
		body.add(plain)
		return
	}
	readable := Id("held").Dot("Size").Call().Op("<=").Lit(limit)
	if t.Holds.HoldsOthers() {
		readable = Id("held").Dot("Size").Call().Op("==").Len(Id(v)).Op("&&").
			Qual("bytes", "Equal").Call(Id("held").Dot("Append").Call(Id("dst")).Index(Len(Id("dst")).Op(":")), Id(v))
	}
	body.add(Block(
		Var().Id("held").Qual(t.Holds.Package, t.Holds.Name),
		If(Id("held").Dot("DecodeAlias").Call(Id(v)).Op("==").Nil().Op("&&").Add(readable)).Block(
			Id("dst").Op("=").Id("held").Dot("AppendJSON").Call(Id("dst")),
		).Else().Block(plain),
	))
}
