package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strings"
)

// sources lists the Go files of the module, generated ones included. What is
// in testdata is input of a test and may be wrong on purpose.
func sources(tree fs.FS) ([]string, error) {
	var files []string
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		base := path.Base(name)
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && (base[0] == '.' || base[0] == '_' || base == "testdata"):
			return fs.SkipDir
		case !entry.IsDir() && path.Ext(name) == ".go":
			files = append(files, name)
		}
		return nil
	})
	return files, err
}

// target is a fuzz function.
type target struct {
	folder    string // relative to the module
	name      string
	generated bool
}

// discover finds the functions FuzzX(*testing.F) of the module.
func discover(tree fs.FS) ([]target, error) {
	files, err := sources(tree)
	if err != nil {
		return nil, err
	}
	var targets []target
	for _, name := range files {
		if !strings.HasSuffix(name, "_test.go") {
			continue
		}
		found, err := fuzzers(tree, name)
		if err != nil {
			return nil, err
		}
		targets = append(targets, found...)
	}
	return targets, nil
}

func fuzzers(tree fs.FS, name string) ([]target, error) {
	text, err := fs.ReadFile(tree, name)
	if err != nil {
		return nil, err
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var targets []target
	for _, decl := range file.Decls {
		f, ok := decl.(*ast.FuncDecl)
		if ok && f.Recv == nil && strings.HasPrefix(f.Name.Name, "Fuzz") && len(f.Type.Params.List) == 1 {
			targets = append(targets, target{path.Dir(name), f.Name.Name, strings.HasSuffix(name, "_gen_test.go")})
		}
	}
	return targets, nil
}
