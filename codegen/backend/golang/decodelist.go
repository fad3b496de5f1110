package golang

import (
	. "github.com/dave/jennifer/jen" //nolint:staticcheck // the generator reads like the code it writes

	"github.com/sim-im/sim/codegen/ir"
)

// list reads a count and the elements. The count is compared with the bytes
// that are left before the list grows.
func (d *decoder) list(f *ir.Field, name string) {
	elem := f.Type.Elem
	d.length(f.Max, elem.Min(), name)
	d.set("b", Id("b").Index(Id("k").Op(":")))
	size, fixed := elem.Fixed()
	switch {
	case f.Reserved && elem.Kind == ir.Bool:
		d.add(For(List(Id("_"), Id("v")).Op(":=").Range().Id("b").Index(Op(":").Id("n"))).Block(
			If(Id("v").Op(">").Lit(1)).Block(d.fail(wire("Malformed", Lit(name))))))
		d.set("b", Id("b").Index(Id("n").Op(":")))
	case f.Reserved && fixed:
		d.set("b", Id("b").Index(Id("n").Op("*").Lit(size).Op(":")))
	case f.Reserved:
		d.add(For(Id("left").Op(":=").Id("n"), Id("left").Op(">").Lit(0), Id("left").Op("--")).Block(d.element(f, "", name)...))
	case fixed:
		d.grow(f)
		d.add(For(Id("i").Op(":=").Range().Id("m." + f.Name)).Block(d.fixedElement(f, size, name)...))
	default:
		d.grow(f)
		d.add(For(Id("i").Op(":=").Range().Id("m." + f.Name)).Block(d.element(f, "m."+f.Name+"[i]", name)...))
	}
}

func (d *decoder) grow(f *ir.Field) {
	d.set("m."+f.Name, wire("Resize", Id("m."+f.Name), Id("n")))
}

// fixedElement reads an element whose bytes are known to be there.
func (d *decoder) fixedElement(f *ir.Field, size int, name string) []Code {
	e := &decoder{s: d.s}
	p := "b"
	if size > 1 {
		p = "p"
		e.add(Id(p).Op(":=").Parens(Op("*").Index(Lit(size)).Byte()).Call(Id("b")))
	}
	if f.Type.Elem.Kind == ir.Bool {
		e.check(Id(p).Index(Lit(0)).Op(">").Lit(1), wire("Malformed", Lit(name)))
	}
	e.set("m."+f.Name+"[i]", fixedValue(f.Type.Elem, p, 0))
	e.set("b", from(size))
	return e.lines
}

// element reads an element of a size of its own.
func (d *decoder) element(f *ir.Field, target, name string) []Code {
	e := &decoder{s: d.s}
	if f.Type.Elem.Kind == ir.Nested {
		e.nested(f.Type.Elem, target, name, true)
	} else {
		e.bytes(f.Type.Elem, target, f.Elem, name, true)
	}
	return e.lines
}
