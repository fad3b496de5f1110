package java

import (
	"embed"
	"strings"

	"github.com/sim-im/sim/codegen/backend"
	"github.com/sim-im/sim/codegen/ir"
)

//go:embed project
var projectFiles embed.FS // read only

// example is what the files of a project are made from.
type example struct {
	Definitions string // the Go package
	Package     string // the Java package
	Group       string // its coordinates in Maven
	Artifact    string
	Example     string // a class
	Field       string // a number or string of it, or ""
	Value       string
	Messages    bool // there are messages with type ids
}

// exampleOf fills an example; pkg has a struct.
func exampleOf(pkg *ir.Package, name string) example {
	e := example{Definitions: pkg.Name, Package: name, Group: name, Artifact: name, Messages: len(pkg.Messages()) > 0}
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		e.Group, e.Artifact = name[:i], name[i+1:]
	}
	chosen := backend.Example(pkg.Structs())
	e.Example = structName(chosen)
	for _, f := range chosen.Visible() {
		if value := sampleOf(f); value != "" && e.Field == "" {
			e.Field, e.Value = fieldName(f), value
		}
	}
	return e
}

// sampleOf is a value that is written the same in Java and Kotlin, or "".
func sampleOf(f *ir.Field) string {
	switch {
	case f.Type.Kind == ir.String && f.Max >= len("a"):
		return `"a"`
	case primitive(f.Type) == "int":
		return "1"
	case primitive(f.Type) == "long":
		return "1L"
	}
	return ""
}
