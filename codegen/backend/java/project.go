package java

import (
	"embed"
	"strings"
	"text/template"

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

// project returns the files that make the output something to build. They
// belong to people once they exist.
func project(pkg *ir.Package, name string) ([]backend.Output, error) {
	all, err := template.ParseFS(projectFiles, "project/*")
	if err != nil {
		return nil, err
	}
	e := exampleOf(pkg, name)
	var list []backend.Output
	for _, file := range []string{"README.md", "build.gradle", "gitignore", "pom.xml", "settings.gradle"} {
		var text strings.Builder
		if err := all.ExecuteTemplate(&text, file, e); err != nil {
			return nil, err
		}
		if file == "gitignore" {
			file = "." + file // which go:embed leaves out
		}
		list = append(list, backend.Output{Name: file, Data: []byte(text.String()), Once: true})
	}
	return list, nil
}

// exampleOf chooses a message that flows up, as an app's own do, or else the
// first struct.
func exampleOf(pkg *ir.Package, name string) example {
	e := example{Definitions: pkg.Name, Package: name, Group: name, Artifact: name}
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		e.Group, e.Artifact = name[:i], name[i+1:]
	}
	chosen := pkg.Structs()[0]
	for _, s := range ir.Messages(pkg.Structs()) {
		e.Messages = true
		if s.Direction&ir.Up != 0 && (chosen.Direction&ir.Up == 0 || len(chosen.Fields) == 0) {
			chosen = s
		}
	}
	e.Example = structName(chosen)
	for _, f := range visible(chosen) {
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
