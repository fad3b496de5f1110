package typescript

import (
	"fmt"

	"github.com/sim-im/sim/codegen/ir"
)

// generator writes one module.
type generator struct {
	*source
	*catalogue
	module string
}

// codec imports the codec of s, which the interface comes with.
func (g *generator) codec(s *ir.Struct) string { return g.from(g.home[s], structName(s)) }

// from imports a name unless it is declared here.
func (g *generator) from(module, name string) string {
	if module == g.module {
		return name
	}
	return g.use(module, name)
}

// typeName is the type of a value.
func (g *generator) typeName(t *ir.Type) string {
	switch t.Kind {
	case ir.Bool:
		return "boolean"
	case ir.Int, ir.Uint:
		return g.integer(t)
	case ir.Float:
		return "number"
	case ir.String:
		return "string"
	case ir.Nested:
		return g.codec(t.Struct)
	case ir.List:
		return g.typeName(t.Elem) + "[]"
	}
	return "Uint8Array"
}

func (g *generator) integer(t *ir.Type) string {
	if t.Named() {
		if g.home[t.Enum] == g.module {
			return enumName(t.Enum)
		}
		return g.use(g.home[t.Enum], "type "+enumName(t.Enum))
	}
	return numeric(t.Bits)
}

// numeric is the type of integers of so many bits.
func numeric(bits int) string {
	if bits == 64 {
		return "bigint"
	}
	return "number"
}

// zero is the value of a field that is absent.
func (g *generator) zero(t *ir.Type) string {
	switch t.Kind {
	case ir.Bool:
		return "false"
	case ir.Int, ir.Uint:
		if t.Bits == 64 {
			return "0n"
		}
		return "0"
	case ir.Float:
		return "0"
	case ir.String:
		return `""`
	case ir.Array:
		return fmt.Sprintf("new Uint8Array(%d)", t.Len)
	case ir.Nested:
		return g.codec(t.Struct) + ".create()"
	case ir.List:
		return "[]"
	}
	return "new Uint8Array(0)"
}

// method is the method of Reader, Writer and the functions of JSON for a number
// or bool: "u16".
func method(t *ir.Type) string {
	switch t.Kind {
	case ir.Bool:
		return "bool"
	case ir.Int:
		return fmt.Sprintf("i%d", t.Bits)
	case ir.Uint:
		return fmt.Sprintf("u%d", t.Bits)
	}
	return fmt.Sprintf("f%d", t.Bits)
}

// label is the field as errors name it, quoted.
func label(s *ir.Struct, f *ir.Field) string { return fmt.Sprintf("%q", s.Name+"."+f.Name) }
