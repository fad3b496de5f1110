package golang

import (
	. "github.com/dave/jennifer/jen" //nolint:staticcheck // the generator reads like the code it writes

	"github.com/sim-im/sim/codegen/ir"
)

// wordBits is how many fields a word of seen has room for.
const wordBits = 64

// decodeJSON writes DecodeJSON, and ReadJSON for what the struct is nested in.
func (g *generator) decodeJSON(out *File, s *ir.Struct) {
	comment(out, "DecodeJSON reads a text that is one JSON object, and keeps nothing of it. After an error m is")
	comment(out, "undefined.")
	out.Add(method("*"+s.Name, "DecodeJSON").Params(Id("text").Index().Byte()).Error().Block(
		Id("*m").Op("=").Id(s.Name).Values(),
		Id("r").Op(":=").Add(jsonCall("Read", Id("text"))),
		Id("m").Dot("ReadJSON").Call(Op("&").Id("r")),
		Return(Id("r").Dot("End").Call(Lit(s.Name))),
	))
	out.Line()
	comment(out, "ReadJSON is DecodeJSON of the object that comes next; m is zero before it.")
	out.Add(method("*"+s.Name, "ReadJSON").Params(Id("r").Op("*").Qual(jsonPath, "Reader")).Block(readJSON(s)...))
	out.Line()
}

func readJSON(s *ir.Struct) []Code {
	var body, cases lines
	fields := live(s)
	switch words := (len(fields) + wordBits - 1) / wordBits; words {
	case 0:
	case 1:
		body.add(Var().Id("seen").Uint64())
	default:
		body.add(Var().Id("seen").Index(Lit(words)).Uint64())
	}
	for i, f := range fields {
		r := &jsonReader{name: s.Name + "." + f.Name, field: f}
		r.once(i, len(fields) > wordBits)
		r.value(f.Type, "m."+f.Name, f.Max)
		cases.add(Case(Lit(ir.CamelCase(f.Name))).Block(r.lines...))
	}
	name := Lit(s.Name)
	each := Code(Id("r").Dot("Skip").Call(name))
	if len(fields) > 0 {
		cases.add(Default().Block(each))
		each = Switch(String().Call(Id("r").Dot("Name").Call())).Block(cases...)
	}
	body.add(For(
		Id("more").Op(":=").Id("r").Dot("Object").Call(name), Id("more"), Id("more").Op("=").Id("r").Dot("More").Call(name),
	).Block(each))
	return body
}

// jsonReader builds the lines that read a field.
type jsonReader struct {
	lines
	name  string // for errors
	field *ir.Field
}

// call calls a method of the Reader.
func (r *jsonReader) call(method string, args ...Code) *Statement {
	return Id("r").Dot(method).Call(append(args, Lit(r.name))...)
}

// once refuses the second of field i.
func (r *jsonReader) once(i int, several bool) {
	seen := Op("&").Id("seen")
	if several {
		seen.Index(Lit(i / wordBits))
	}
	r.add(r.call("Once", seen, Lit(1).Op("<<").Lit(i%wordBits)))
}

// value reads a value of type t into target. limit is of its length.
func (r *jsonReader) value(t *ir.Type, target string, limit int) {
	switch t.Kind {
	case ir.Bool:
		r.set(target, r.call("Bool"))
	case ir.Int, ir.Uint:
		r.integer(t, target)
	case ir.Float:
		value := r.call("Float", Lit(t.Bits))
		if t.Bits != 64 {
			value = goType(t).Call(value)
		}
		r.set(target, value)
	case ir.String:
		r.set(target, r.call("Text", Lit(limit)))
	case ir.Array:
		r.add(r.call("Fill", Id(target).Index(Op(":"))))
	case ir.Bytes:
		r.bytes(t, target, limit)
	case ir.Nested:
		r.add(Id(target).Dot("ReadJSON").Call(Id("r")))
	case ir.List:
		r.list(t, target, limit)
	}
}

func (r *jsonReader) integer(t *ir.Type, target string) {
	name, given := jsonNumber(t)
	var bits []Code
	if t.Bits < 64 {
		bits = []Code{Lit(t.Bits)}
	}
	value := r.call(name, bits...)
	if goType(t).GoString() != given {
		value = goType(t).Call(value)
	}
	r.set(target, value)
}

// bytes reads base64, or the object of a struct that they hold.
func (r *jsonReader) bytes(t *ir.Type, target string, limit int) {
	plain := Id(target).Op("=").Add(r.call("Bytes", Lit(limit)))
	if t.Holds == nil {
		r.add(plain)
		return
	}
	r.add(If(Id("r").Dot("Nested").Call()).Block(
		Var().Id("held").Qual(t.Holds.Package, t.Holds.Name),
		Id("held").Dot("ReadJSON").Call(Id("r")),
		If(Id("n").Op(":=").Id("held").Dot("Size").Call(), r.call("Room", Id("n"), Lit(limit))).Block(
			Id(target).Op("=").Id("held").Dot("Append").Call(Make(Index().Byte(), Lit(0), Id("n"))),
		),
	).Else().Block(plain))
}

// list reads elements behind one another; what they cost is counted as it grows.
func (r *jsonReader) list(t *ir.Type, target string, limit int) {
	elem := &jsonReader{name: r.name, field: r.field}
	elem.value(t.Elem, target+"[len("+target+")-1]", r.field.Elem)
	grow := jsonCall("Grow", Id("r"), Op("&").Id(target), Lit(limit), Lit(r.name))
	r.add(For(
		Id("more").Op(":=").Add(r.call("Array")), Id("more").Op("&&").Add(grow), Id("more").Op("=").Add(r.call("Element")),
	).Block(elem.lines...))
}
