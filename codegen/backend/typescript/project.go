package typescript

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
	Name        string // of the npm package
	Example     string // a struct
	Field       string // a number or string of it, or ""
	Value       string
	Messages    bool // there are messages with type ids
}

// project returns the files that make the output a package. They belong to
// people once they exist.
func project(pkg *ir.Package, name string) ([]backend.Output, error) {
	all, err := template.ParseFS(projectFiles, "project/*")
	if err != nil {
		return nil, err
	}
	e := exampleOf(pkg, name)
	var list []backend.Output
	for _, file := range []string{"README.md", "gitignore", "package.json", "tsconfig.json"} {
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
	e := example{Definitions: pkg.Name, Name: name}
	var chosen *ir.Struct
	for _, s := range pkg.Structs() {
		e.Messages = e.Messages || s.Message
		better := s.Direction&ir.Up != 0 && len(s.Fields) > 0
		if chosen == nil || better && (chosen.Direction&ir.Up == 0 || len(chosen.Fields) == 0) {
			chosen = s
		}
	}
	if chosen == nil {
		return e
	}
	e.Example = structName(chosen)
	for _, f := range visible(chosen) {
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
