package backend

import (
	"io/fs"
	"strings"
	"text/template"

	"github.com/sim-im/sim/codegen/ir"
)

// Project fills the templates in a folder of files, with the folder's name left
// out. They make the output a package to build, and belong to people once they
// exist.
func Project(files fs.FS, folder string, data any) ([]Output, error) {
	all, err := template.ParseFS(files, folder+"/*")
	if err != nil {
		return nil, err
	}
	entries, err := fs.ReadDir(files, folder)
	if err != nil {
		return nil, err
	}
	var list []Output
	for _, entry := range entries {
		name := entry.Name()
		var text strings.Builder
		if err := all.ExecuteTemplate(&text, name, data); err != nil {
			return nil, err
		}
		if name == "gitignore" {
			name = "." + name // which go:embed leaves out
		}
		list = append(list, Output{Name: name, Data: []byte(text.String()), Once: true})
	}
	return list, nil
}

// Example chooses a struct to show in documentation: a message that flows up, as
// an app's own do, or else the first one.
func Example(structs []*ir.Struct) *ir.Struct {
	fits := func(s *ir.Struct) bool { return s.Direction&ir.Up != 0 && len(s.Fields) > 0 }
	for _, s := range structs {
		if fits(s) {
			return s
		}
	}
	return structs[0]
}
