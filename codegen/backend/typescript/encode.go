package typescript

import (
	"fmt"

	"github.com/sim-im/sim/codegen/ir"
)

// encode writes encode, for everybody, and encodeInto, for the structs around s.
func (g *generator) encode(s *ir.Struct) {
	name := structName(s)
	writer := g.use(wireModule, "Writer")
	g.block(fmt.Sprintf("encode(m: %s): Uint8Array {", name), "},", func() {
		g.line("const w = new %s();", writer)
		g.line("w.frozen(m, %q, %s);", s.Name, name)
		g.line("return w.finish();")
	})
	g.line("")
	g.block(fmt.Sprintf("encodeInto(%s: %s, %s: %s): void {", unused("w", len(s.Fields)), writer, unused("m", len(s.Visible())), name), "},", func() {
		for _, f := range s.Fields {
			if f.Reserved {
				g.line("%s; // reserved", g.writeZero(s, f))
			} else {
				g.line("%s;", g.write(f.Type, "m."+fieldName(f), label(s, f), f.Max, f.Elem))
			}
		}
	})
	g.line("")
}

// unused marks a parameter of which nothing is needed.
func unused(name string, needs int) string {
	if needs == 0 {
		return "_" + name
	}
	return name
}

// write is the call that writes the value v. limit is that of a string, bytes or
// list, elem that of each element.
func (g *generator) write(t *ir.Type, v, label string, limit, elem int) string {
	switch t.Kind {
	case ir.Array:
		return fmt.Sprintf("w.fixed(%s, %s, %d)", v, label, t.Len)
	case ir.String:
		return fmt.Sprintf("w.text(%s, %s, %d)", v, label, limit)
	case ir.Bytes:
		return fmt.Sprintf("w.bytes(%s, %s, %d)", v, label, limit)
	case ir.Nested:
		if t.Struct.Frozen {
			return fmt.Sprintf("w.frozen(%s, %s, %s)", v, label, g.codec(t.Struct))
		}
		return fmt.Sprintf("w.nested(%s, %s, %s)", v, label, g.codec(t.Struct))
	case ir.List:
		return fmt.Sprintf("w.list(%s, %s, %d, (e) => %s)", v, label, limit, g.write(t.Elem, "e", label, elem, 0))
	}
	return fmt.Sprintf("w.%s(%s, %s)", method(t), v, label)
}

// writeZero is the call that writes the zero value of a reserved field.
func (g *generator) writeZero(s *ir.Struct, f *ir.Field) string {
	switch n, fixed := f.Type.Fixed(); {
	case fixed:
		return fmt.Sprintf("w.zeros(%d)", n)
	case f.Type.Kind == ir.Nested:
		return g.write(f.Type, g.zero(f.Type), label(s, f), 0, 0)
	}
	return "w.zeros(1)" // no bytes, no elements
}
