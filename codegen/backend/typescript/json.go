package typescript

import (
	"fmt"

	"github.com/sim-im/sim/codegen/ir"
)

// json writes toJSON and fromJSON.
func (g *generator) json(s *ir.Struct) {
	name, fields := structName(s), s.Visible()
	g.use(jsonModule, "json")
	g.block(fmt.Sprintf("toJSON(%s: %s): json.JsonObject {", unused("m", len(fields)), name), "},", func() {
		g.block("return {", "};", func() {
			for _, f := range fields {
				g.line("%s: %s,", ir.CamelCase(f.Name), g.toJSON(f.Type, "m."+fieldName(f), f.Max, f.Elem))
			}
		})
	})
	g.line("")
	g.block(fmt.Sprintf("fromJSON(value: unknown): %s {", name), "},", func() {
		if len(fields) == 0 {
			g.line("json.object(value, %q);", s.Name)
		} else {
			g.line("const get = json.object(value, %q);", s.Name)
		}
		g.block("return {", "};", func() {
			for _, f := range fields {
				v := fmt.Sprintf("get(%q)", ir.CamelCase(f.Name))
				g.line("%s: %s,", fieldName(f), g.fromJSON(f.Type, v, label(s, f), f.Max, f.Elem))
			}
		})
	})
}

// toJSON is what stands for the value v in JSON. limit bounds its length, elem
// that of its elements.
func (g *generator) toJSON(t *ir.Type, v string, limit, elem int) string {
	switch t.Kind {
	case ir.Int, ir.Uint:
		if t.Bits == 64 {
			return v + ".toString()"
		}
	case ir.Float:
		return fmt.Sprintf("json.fromF%d(%s)", t.Bits, v)
	case ir.Bytes, ir.Array:
		if t.Holds != nil {
			return fmt.Sprintf("json.fromHeld(%s, %d, %s, %t)", v, limit, g.codec(t.Holds), t.Holds.HoldsOthers())
		}
		return fmt.Sprintf("json.fromBytes(%s)", v)
	case ir.Nested:
		return fmt.Sprintf("%s.toJSON(%s)", g.codec(t.Struct), v)
	case ir.List:
		if each := g.toJSON(t.Elem, "e", elem, 0); each != "e" {
			return fmt.Sprintf("%s.map((e) => %s)", v, each)
		}
	}
	return v
}

// fromJSON is the call that checks v and makes a value of it.
func (g *generator) fromJSON(t *ir.Type, v, label string, limit, elem int) string {
	switch t.Kind {
	case ir.Array:
		return fmt.Sprintf("json.fixed(%s, %s, %d)", v, label, t.Len)
	case ir.String:
		return fmt.Sprintf("json.text(%s, %s, %d)", v, label, limit)
	case ir.Bytes:
		if t.Holds != nil {
			return fmt.Sprintf("json.held(%s, %s, %d, %s)", v, label, limit, g.codec(t.Holds))
		}
		return fmt.Sprintf("json.bytes(%s, %s, %d)", v, label, limit)
	case ir.Nested:
		return fmt.Sprintf("json.nested(%s, %s)", v, g.codec(t.Struct))
	case ir.List:
		return fmt.Sprintf("json.list(%s, %s, %d, (e) => %s)", v, label, limit, g.fromJSON(t.Elem, "e", label, elem, 0))
	}
	return fmt.Sprintf("json.%s(%s, %s)", method(t), v, label)
}
