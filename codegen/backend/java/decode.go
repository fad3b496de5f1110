package java

import (
	"fmt"

	"github.com/sim-im/sim/codegen/ir"
)

// decode writes decode, for everybody, and read, for the structs around s.
func decode(out *source, s *ir.Struct) {
	name := structName(s)
	javadoc(out, "Reads a message, which shares nothing with the bytes. Whatever they are, nothing else is thrown.")
	out.open("public static %s decode(byte[] bytes) throws WireException", name)
	out.line("WireReader r = new WireReader(bytes);")
	out.line("%s m = new %s();", name, name)
	out.line("m.read(r);")
	if s.Frozen {
		out.block("if (!r.atEnd())", func() {
			out.line(`throw WireReader.malformed("%s", "bytes follow a struct that never grows");`, s.Name)
		})
	}
	out.line("return m;")
	out.close()
	out.line("")
	out.open("void read(WireReader r) throws WireException")
	d := &decoder{source: out, s: s}
	d.fields()
	out.close()
	out.line("")
}

// decoder writes the body of read.
type decoder struct {
	*source
	s *ir.Struct
}

// fields reads the fields: runs of fixed ones behind one look at the end, others
// one by one, and a check at each generation boundary.
func (d *decoder) fields() {
	fields, gen := d.s.Fields, 1
	for i := 0; i < len(fields); {
		if fields[i].Gen > gen {
			gen = fields[i].Gen
			d.line("// generation %d", gen)
			d.block("if (r.atEnd())", func() { d.line("return;") })
		}
		run := fixedRun(fields[i:])
		if len(run) > 0 {
			d.run(run)
			i += len(run)
			continue
		}
		d.variable(fields[i])
		i++
	}
}

// fixedRun returns the fixed fields of one generation that start fields.
func fixedRun(fields []*ir.Field) []*ir.Field {
	n := 0
	for ; n < len(fields) && fields[n].Gen == fields[0].Gen; n++ {
		if _, ok := fields[n].Type.Fixed(); !ok {
			break
		}
	}
	return fields[:n]
}

// run looks for the end once, and again behind each bool: of several faults the
// first in the bytes decides, and only a bool can be wrong.
func (d *decoder) run(fields []*ir.Field) {
	size := 0
	for i, f := range fields {
		n, _ := f.Type.Fixed()
		size += n
		if f.Type.Kind == ir.Bool || i == len(fields)-1 {
			d.line("r.need(%d, %s);", size, d.label(fields[0]))
			d.fixedFields(fields[:i+1])
			d.run(fields[i+1:])
			return
		}
	}
}

func (d *decoder) fixedFields(fields []*ir.Field) {
	for _, f := range fields {
		switch n, _ := f.Type.Fixed(); {
		case !f.Reserved:
			d.line("this.%s = %s;", fieldName(f), fixed(f.Type, d.label(f)))
		case f.Type.Kind == ir.Bool:
			d.line("%s;", fixed(f.Type, d.label(f)))
		default:
			d.line("r.skip(%d);", n)
		}
	}
}

// fixed is the call that reads a value whose bytes are there.
func fixed(t *ir.Type, label string) string {
	switch t.Kind {
	case ir.Bool:
		return "r.bool(" + label + ")"
	case ir.Array:
		return fmt.Sprintf("r.fixed(%d)", t.Len)
	}
	return "r." + wireName(t) + "()"
}

// label is the field as errors name it.
func (d *decoder) label(f *ir.Field) string { return label(d.s, f) }

func label(s *ir.Struct, f *ir.Field) string { return fmt.Sprintf("%q", s.Name+"."+f.Name) }

// variable reads a field that is not fixed. One that is reserved is checked like
// any other, and dropped.
func (d *decoder) variable(f *ir.Field) {
	target := ""
	if !f.Reserved {
		target = "this." + fieldName(f)
	}
	switch f.Type.Kind {
	case ir.List:
		d.list(f, target)
	case ir.Nested:
		d.nested(f.Type.Struct, target, d.label(f), d.scope)
	default:
		d.set(target, sized(f.Type, f.Max, d.label(f)))
	}
}

// sized is the call that reads a string or bytes.
func sized(t *ir.Type, limit int, label string) string {
	method := "bytes"
	if t.Kind == ir.String {
		method = "text"
	}
	return fmt.Sprintf("r.%s(%d, %s)", method, limit, label)
}

// set gives a value to target, or to nobody.
func (d *decoder) set(target, value string) {
	if target != "" {
		value = target + " = " + value
	}
	d.line("%s;", value)
}

// nested reads a struct into the object that is in target. Variables are
// declared within scope.
func (d *decoder) nested(s *ir.Struct, target, label string, scope func(func())) {
	if target == "" {
		target = "new " + structName(s) + "()"
	}
	if s.Frozen {
		d.line("%s.read(r);", target)
		return
	}
	scope(func() {
		d.line("int outer = r.enter(%s);", label)
		d.line("%s.read(r);", target)
		d.line("r.leave(outer);")
	})
}
