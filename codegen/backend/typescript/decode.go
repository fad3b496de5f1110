package typescript

import (
	"fmt"

	"github.com/sim-im/sim/codegen/ir"
)

// decode writes decode, for everybody, and decodeFrom, for the structs around s.
func (g *generator) decode(s *ir.Struct) {
	name := structName(s)
	reader := g.use(wireModule, "Reader")
	g.block(fmt.Sprintf("decode(bytes: Uint8Array): %s {", name), "},", func() {
		if !s.Frozen {
			g.line("return %s.decodeFrom(new %s(bytes));", name, reader)
			return
		}
		g.line("const r = new %s(bytes);", reader)
		g.line("const m = %s.decodeFrom(r);", name)
		g.line("r.finish(%q); // it never grows, so nothing may follow", s.Name)
		g.line("return m;")
	})
	g.line("")
	g.block(fmt.Sprintf("decodeFrom(%s: %s): %s {", unused("r", len(s.Fields)), reader, name), "},", func() {
		g.line("const m = %s.create();", name)
		gen := 1
		for _, f := range s.Fields {
			if f.Gen > gen {
				gen = f.Gen
				g.line("if (r.atEnd()) return m; // generation %d", gen)
			}
			value := g.read(f.Type, label(s, f), f.Max, f.Elem)
			if f.Reserved {
				g.line("%s; // reserved", value)
			} else {
				g.line("m.%s = %s;", fieldName(f), value)
			}
		}
		g.line("return m;")
	})
	g.line("")
}

// read is the call that reads a value, with limits as write has them.
func (g *generator) read(t *ir.Type, label string, limit, elem int) string {
	switch t.Kind {
	case ir.Array:
		return fmt.Sprintf("r.fixed(%s, %d)", label, t.Len)
	case ir.String:
		return fmt.Sprintf("r.text(%s, %d)", label, limit)
	case ir.Bytes:
		return fmt.Sprintf("r.bytes(%s, %d)", label, limit)
	case ir.Nested:
		if t.Struct.Frozen {
			return fmt.Sprintf("%s.decodeFrom(r)", g.codec(t.Struct))
		}
		return fmt.Sprintf("r.nested(%s, %s)", label, g.codec(t.Struct))
	case ir.List:
		return fmt.Sprintf("r.list(%s, %d, %d, () => %s)", label, limit, t.Elem.Min(), g.read(t.Elem, label, elem, 0))
	}
	return fmt.Sprintf("r.%s(%s)", method(t), label)
}
