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
	size, stride := elem.Stride()
	switch {
	case stride:
		d.strides(f, size, name)
	case f.Reserved:
		d.add(For(Id("left").Op(":=").Id("n"), Id("left").Op(">").Lit(0), Id("left").Op("--")).Block(d.element(f, "", name)...))
	default:
		d.set("m."+f.Name, wire("Resize", Id("m."+f.Name), Id("n")))
		d.add(For(Id("i").Op(":=").Range().Id("m." + f.Name)).Block(d.element(f, "m."+f.Name+"[i]", name)...))
	}
}

// strides reads elements of one size: the count told that their bytes are there.
func (d *decoder) strides(f *ir.Field, size int, name string) {
	target := ""
	if !f.Reserved {
		d.set("m."+f.Name, wire("Resize", Id("m."+f.Name), Id("n")))
		target = "list[i]"
	}
	parts, _ := partsOfValue(f.Type.Elem, target, name)
	if !unread(parts) {
		d.add(Block(d.strideLoop(f, parts, size)...))
	}
	all := Id("n")
	if size > 1 {
		all.Op("*").Lit(size)
	}
	d.set("b", Id("b").Index(all.Op(":")))
}

// strideLoop reads the elements of f, whose parts are given for one of them.
func (d *decoder) strideLoop(f *ir.Field, parts []part, size int) []Code {
	strides := Qual(wirePath, "Strides").Types(Index(Lit(size)).Byte()).Call(Id("b"), Id("n"))
	if f.Type.Elem.Kind == ir.Array {
		return []Code{Copy(Id("m."+f.Name), strides)}
	}
	e := &decoder{s: d.s}
	e.parts(parts, "p")
	var code lines
	code.add(Id("strides").Op(":=").Add(strides))
	if !f.Reserved {
		code.add(Id("list").Op(":=").Id("m." + f.Name).Index(Op(":").Len(Id("strides"))))
	}
	code.add(For(Id("i").Op(":=").Range().Id("strides")).Block(
		append(lines{Id("p").Op(":=").Op("&").Id("strides[i]")}, e.lines...)...,
	))
	return code
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
