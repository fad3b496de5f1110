package golang

import (
	"strconv"

	. "github.com/dave/jennifer/jen" //nolint:staticcheck // the generator reads like the code it writes

	"github.com/sim-im/sim/codegen/ir"
)

// part is a value within a run of bytes whose size is known. A frozen struct of
// such values has no part of its own, only those of its fields.
type part struct {
	typ    *ir.Type
	target string // "m.Home.X"; empty when reserved
	name   string // "Point.X", for errors
	at     int    // offset
}

// partsOf lists the values of fixed fields of s that go to target, in order,
// and returns their size.
func partsOf(s *ir.Struct, fields []*ir.Field, target string) (list []part, size int) {
	for _, f := range fields {
		to := ""
		if !f.Reserved && target != "" {
			to = target + "." + f.Name
		}
		inner, n := partsOfValue(f.Type, to, s.Name+"."+f.Name)
		for _, p := range inner {
			p.at += size
			list = append(list, p)
		}
		size += n
	}
	return list, size
}

// partsOfValue is partsOf for one value.
func partsOfValue(t *ir.Type, target, name string) (list []part, size int) {
	if t.Kind == ir.Nested {
		return partsOf(t.Struct, t.Struct.Fields, target)
	}
	size, _ = t.Fixed()
	return []part{{typ: t, target: target, name: name}}, size
}

// run reads fixed fields behind one bounds check.
func (d *decoder) run(fields []*ir.Field) {
	d.flush()
	parts, size := partsOf(d.s, fields, "m")
	if size == 0 {
		return
	}
	d.check(Len(Id("b")).Op("<").Lit(size), d.cut(parts))
	d.skip = size
	if unread(parts) {
		return
	}
	d.runs++
	p := "p"
	if d.runs > 1 {
		p += strconv.Itoa(d.runs)
	}
	d.add(Id(p).Op(":=").Parens(Op("*").Index(Lit(size)).Byte()).Call(Id("b")))
	d.parts(parts, p)
}

// parts reads parts from p, a pointer to an array that holds them.
func (d *decoder) parts(parts []part, p string) {
	for _, v := range parts {
		if v.typ.Kind == ir.Bool {
			d.check(Id(p).Index(Lit(v.at)).Op(">").Lit(1), wire("Malformed", Lit(v.name)))
		}
		if v.target != "" {
			d.set(v.target, fixedValue(v.typ, p, v.at))
		}
	}
}

// cut is the error for a run that is cut short. A bool before the cut may be
// wrong, and the first fault decides. A decoder that is nothing but this run
// makes the error itself: without a call it is small enough to be inlined.
func (d *decoder) cut(parts []part) Code {
	name := Lit(parts[0].name)
	var bools []Code
	for _, v := range parts {
		if v.typ.Kind == ir.Bool {
			bools = append(bools, Lit(v.at))
		}
	}
	_, only := d.s.Stride()
	switch {
	case bools != nil:
		return wire("ShortRun", append([]Code{name, Id("b")}, bools...)...)
	case only:
		return Op("&").Qual(wirePath, "Error").Values(Dict{Id("Field"): name, Id("Err"): Qual(wirePath, "ErrShort")})
	}
	return wire("Short", name)
}

// unread tells whether nothing of a run has to be looked at.
func unread(parts []part) bool {
	for _, v := range parts {
		if v.target != "" || v.typ.Kind == ir.Bool {
			return false
		}
	}
	return true
}
