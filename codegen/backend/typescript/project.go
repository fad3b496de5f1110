package typescript

import (
	"embed"

	"github.com/sim-im/sim/codegen/backend"
	"github.com/sim-im/sim/codegen/ir"
)

//go:embed project
var projectFiles embed.FS // read only

// example is what the files of a project are made from.
type example struct {
	Definitions string // the Go package
	Name        string // of the npm package
	Example     string // a struct
	Field       string // a number or string of it, or ""
	Value       string
	Messages    bool // there are messages with type ids
}

// exampleOf fills an example; pkg has a struct.
func exampleOf(pkg *ir.Package, name string) example {
	chosen := backend.Example(pkg.Structs())
	e := example{Definitions: pkg.Name, Name: name, Messages: len(pkg.Messages()) > 0}
	e.Example = structName(chosen)
	for _, f := range chosen.Visible() {
		if value := exampleValue(f); value != "" && e.Field == "" {
			e.Field, e.Value = fieldName(f), value
		}
	}
	return e
}

// exampleValue is a value, or "".
func exampleValue(f *ir.Field) string {
	switch {
	case f.Type.Kind == ir.String && f.Max >= len("a"):
		return `"a"`
	case f.Type.Kind != ir.Int && f.Type.Kind != ir.Uint:
		return ""
	case f.Type.Bits == 64:
		return "1n"
	}
	return "1"
}
