package parse

import (
	"errors"
	"go/ast"
	"go/scanner"
	"go/types"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// missingPackage returns the import path of the package that a type expression
// in a file of src names, if that package cannot be read; or else nothing.
func missingPackage(l *loader, src *source, in *ast.File, expr ast.Expr) string {
	for {
		switch e := expr.(type) {
		case *ast.ArrayType:
			expr = e.Elt
		case *ast.SelectorExpr:
			name, _ := e.X.(*ast.Ident)
			return l.missingImport(in, name)
		case *ast.Ident:
			if types.Universe.Lookup(e.Name) == nil && src.types.Scope().Lookup(e.Name) == nil {
				return l.missingImport(in, ast.NewIdent("."))
			}
			return ""
		default:
			return ""
		}
	}
}

// missingImport returns the path that a file imports under a name, if it cannot
// be found.
func (l *loader) missingImport(in *ast.File, name *ast.Ident) string {
	for _, spec := range in.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil || name == nil || l.missing[imported] == nil {
			continue
		}
		if spec.Name == nil && path.Base(imported) == name.Name || spec.Name != nil && spec.Name.Name == name.Name {
			return imported
		}
	}
	return ""
}

// remedy says what may help to find a package. The go command's own words end
// in it when the module is not in order.
func (l *loader) remedy(path string) string {
	if _, command, ok := strings.Cut(l.missing[path].Error(), "go: updates to go.mod needed"); ok {
		return "run go mod tidy" + strings.TrimPrefix(command, "; to update it:\n\tgo mod tidy")
	}
	var syntax scanner.ErrorList
	if errors.As(l.missing[path], &syntax) {
		return "correct " + syntax[0].Error()
	}
	if errors.Is(l.missing[path], errCycle) {
		return "it imports this one; move what both need to a third"
	}
	if !InModule(l.dir) {
		return "there is no go.mod above this folder: run go mod init, then go get " + path
	}
	return "correct the import, or run go get " + path
}

// InModule tells whether a folder, named by its absolute path, is in a Go module.
func InModule(dir string) bool {
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return true
		}
		if dir == filepath.Dir(dir) {
			return false
		}
		dir = filepath.Dir(dir)
	}
}
