package typescript

import (
	"slices"
	"strings"

	"github.com/sim-im/sim/codegen/ir"
)

// Modules that no source file is named after.
const (
	wireModule     = "wire"
	jsonModule     = "wirejson"
	dispatchModule = "dispatch"
	indexModule    = "index"
	importedModule = "imported" // structs and enums of other packages
)

// module is what becomes a file: the definitions of a source file, or what all
// of them use of other packages.
type module struct {
	name    string
	structs []*ir.Struct
	enums   []*ir.Enum
}

// catalogue is everything that becomes TypeScript.
type catalogue struct {
	modules []*module
	home    map[any]string // the module of a *ir.Struct or *ir.Enum
}

// collect works for definitions with problems too.
func collect(pkg *ir.Package) *catalogue {
	c := &catalogue{home: map[any]string{}}
	for _, f := range pkg.Files {
		c.open(strings.TrimSuffix(f.Name, ".go"))
		for _, e := range f.Enums {
			c.addEnum(e)
		}
		for _, s := range f.Structs {
			c.addStruct(s)
		}
	}
	c.open(importedModule)
	for _, s := range pkg.Structs() {
		c.fields(s)
	}
	c.modules = slices.DeleteFunc(c.modules, func(m *module) bool { return len(m.structs)+len(m.enums) == 0 })
	return c
}

// open begins a module.
func (c *catalogue) open(name string) { c.modules = append(c.modules, &module{name: name}) }

func (c *catalogue) last() *module { return c.modules[len(c.modules)-1] }

func (c *catalogue) addStruct(s *ir.Struct) {
	c.home[s] = c.last().name
	c.last().structs = append(c.last().structs, s)
}

// addEnum adds an enum; one without values is an integer.
func (c *catalogue) addEnum(e *ir.Enum) {
	if len(e.Values) > 0 {
		c.home[e] = c.last().name
		c.last().enums = append(c.last().enums, e)
	}
}

// fields adds what the fields of s use and no module has.
func (c *catalogue) fields(s *ir.Struct) {
	for _, f := range s.Fields {
		t := f.Type
		if t.Kind == ir.List {
			t = t.Elem
		}
		if t.Enum != nil && c.home[t.Enum] == "" {
			c.addEnum(t.Enum)
		}
		for _, inner := range []*ir.Struct{t.Struct, t.Holds} {
			if inner != nil && c.home[inner] == "" {
				c.addStruct(inner)
				c.fields(inner)
			}
		}
	}
}
