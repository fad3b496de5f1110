package java

import (
	"slices"

	"github.com/sim-im/sim/codegen/ir"
)

// catalogue is what becomes a class: the definitions of a package, and after
// them what they use of other packages.
type catalogue struct {
	structs []*ir.Struct
	enums   []*ir.Enum
}

// collect works for definitions with problems too.
func collect(pkg *ir.Package) catalogue {
	c := catalogue{structs: pkg.Structs(), enums: pkg.Enums()}
	for i := 0; i < len(c.structs); i++ { // grows
		for _, f := range c.structs[i].Fields {
			c.use(f.Type)
		}
	}
	return c
}

// use adds what t names. An enum without values is an integer.
func (c *catalogue) use(t *ir.Type) {
	if t.Kind == ir.List {
		t = t.Elem
	}
	if t.Kind == ir.Nested && !slices.Contains(c.structs, t.Struct) {
		c.structs = append(c.structs, t.Struct)
	}
	if t.Named() && !slices.Contains(c.enums, t.Enum) {
		c.enums = append(c.enums, t.Enum)
	}
}
