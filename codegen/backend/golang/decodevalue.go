package golang

import (
	"strconv"

	. "github.com/dave/jennifer/jen" //nolint:staticcheck // the generator reads like the code it writes

	"github.com/sim-im/sim/codegen/ir"
)

// fixedValue is the value of type t at offset at of p, an array pointer or a
// slice. A bool was checked before.
func fixedValue(t *ir.Type, p string, at int) *Statement {
	size, _ := t.Fixed()
	part := Id(p).Index(Lit(at).Op(":").Lit(at + size))
	switch {
	case t.Kind == ir.Array:
		return Index(Lit(t.Len)).Byte().Call(part)
	case t.Kind == ir.Bool:
		return Id(p).Index(Lit(at)).Op("==").Lit(1)
	case t.Bits == 8 && t.Kind == ir.Uint && t.Enum == nil:
		return Id(p).Index(Lit(at))
	case t.Bits == 8:
		return goType(t).Call(Id(p).Index(Lit(at)))
	}
	bits := strconv.Itoa(t.Bits)
	number := binary("Uint"+bits, part)
	switch {
	case t.Kind == ir.Float:
		return Qual("math", "Float"+bits+"frombits").Call(number)
	case t.Kind == ir.Int || t.Enum != nil:
		return goType(t).Call(number)
	}
	return number
}

// variable reads a field that is not fixed. The last field need not move b.
func (d *decoder) variable(f *ir.Field, last bool) {
	name := d.s.Name + "." + f.Name
	move := !last || d.s.Frozen
	switch t := f.Type; t.Kind {
	case ir.List:
		d.list(f, name)
	case ir.Nested:
		d.nested(t, d.target(f), name, move)
	default:
		d.bytes(t, d.target(f), f.Max, name, move)
	}
}

// target is where the field goes, empty for a reserved one.
func (d *decoder) target(f *ir.Field) string {
	if f.Reserved {
		return ""
	}
	return "m." + f.Name
}

// shortLimit is wire.ShortLimit.
const shortLimit = 1 << 14

// length reads a length into n and k and refuses one above limit (0: there is
// none), or above what is left divided by the smallest element.
func (d *decoder) length(limit, smallest int, name string) {
	d.lengths = true
	left := Len(Id("b")).Op("-").Id("k")
	if smallest > 1 {
		left = Parens(left).Op("/").Lit(smallest)
	}
	bound := Qual(wirePath, "NoLimit")
	cond := Id("k").Op("==").Lit(0)
	if limit > 0 {
		bound = Lit(limit)
		cond.Op("||").Id("n").Op(">").Add(bound)
	}
	d.add(List(Id("n"), Id("k")).Op("=").Add(wire("ShortLen", Id("b"))))
	if limit == 0 || limit >= shortLimit {
		d.add(If(Id("k").Op("==").Lit(0)).Block(List(Id("n"), Id("k")).Op("=").Add(wire("Len", Id("b")))))
	}
	d.check(cond.Op("||").Id("n").Op(">").Add(left), wire("LenError", Lit(name), Id("b"), bound))
}

// bytes reads a string or bytes into target.
func (d *decoder) bytes(t *ir.Type, target string, limit int, name string, move bool) {
	d.length(limit, 1, name)
	part := func() *Statement { return Id("b").Index(Id("k").Op(":").Id("k").Op("+").Id("n")) }
	if t.Kind == ir.String {
		d.check(Op("!").Add(wire("ValidText", part())), wire("Malformed", Lit(name)))
	}
	switch {
	case target == "":
	case t.Kind == ir.String:
		d.set(target, wire("String", part()))
	default:
		d.set(target, Id("b").Index(Id("k").Op(":").Id("k").Op("+").Id("n").Op(":").Id("k").Op("+").Id("n")))
	}
	if move {
		d.moveBytes()
	}
}

// nested reads a struct into target.
func (d *decoder) nested(t *ir.Type, target, name string, move bool) {
	if t.Struct.Frozen {
		d.consume(t, target)
		return
	}
	d.length(0, 1, name)
	part := Id("b").Index(Id("k").Op(":").Id("k").Op("+").Id("n"))
	decoded := Id(target)
	if target == "" { // a reserved field is checked like any other, and dropped
		decoded = New(goType(t))
	}
	d.add(If(Err().Op(":=").Add(decoded).Dot("DecodeAlias").Call(part), Err().Op("!=").Nil()).Block(d.fail(Err())))
	if move {
		d.moveBytes()
	}
}

// consume reads a frozen struct, which has no length before it.
func (d *decoder) consume(t *ir.Type, target string) {
	var code lines
	if target == "" {
		target = "reserved"
		code.add(Var().Id(target).Add(goType(t)))
	}
	code.add(
		List(Id("rest"), Err()).Op(":=").Id(target).Dot("Consume").Call(Id("b")),
		If(Err().Op("!=").Nil()).Block(d.fail(Err())),
		Id("b").Op("=").Id("rest"),
	)
	d.add(Block(code...))
}

func (d *decoder) moveBytes() { d.set("b", Id("b").Index(Id("k").Op("+").Id("n").Op(":"))) }
