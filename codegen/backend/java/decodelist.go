package java

import (
	"fmt"

	"github.com/sim-im/sim/codegen/ir"
)

// list reads a count, which is compared with the bytes that are left before
// anything is made, and the elements. A List is there and empty: read is called
// for new objects only.
func (d *decoder) list(f *ir.Field, target string) {
	elem, label := f.Type.Elem, d.label(f)
	count := fmt.Sprintf("r.count(%d, %d, %s)", f.Max, elem.Min(), label)
	size, ok := elem.Fixed()
	switch {
	case f.Reserved && ok && elem.Kind != ir.Bool:
		d.line("r.skip(%s * %d);", count, size)
	case f.Reserved:
		d.loop(count, func() { d.element(f, "") })
	case primitive(elem) != "":
		d.line("%s = new %s[%s];", target, primitive(elem), count)
		d.block("for (int i = 0; i < "+target+".length; i++)", func() {
			d.line("%s[i] = %s;", target, fixed(elem, label))
		})
	default:
		d.loop(count, func() { d.element(f, target) })
	}
}

func (d *decoder) loop(count string, body func()) {
	d.block("for (int n = "+count+"; n > 0; n--)", body)
}

// element reads an element and adds it to target, or to nobody.
func (d *decoder) element(f *ir.Field, target string) {
	elem, label := f.Type.Elem, d.label(f)
	var value string
	switch {
	case elem.Kind == ir.Array, elem.Kind == ir.Bool:
		value = fixed(elem, label)
	case elem.Kind != ir.Nested:
		value = sized(elem, f.Elem, label)
	case target == "":
		d.nested(elem.Struct, "", label, inPlace)
		return
	default:
		d.line("%s element = new %s();", structName(elem.Struct), structName(elem.Struct))
		d.nested(elem.Struct, "element", label, inPlace)
		value = "element"
	}
	if target != "" {
		value = target + ".add(" + value + ")"
	}
	d.line("%s;", value)
}
