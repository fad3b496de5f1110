package parse

import (
	"errors"
	"go/ast"
	"go/build"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"strings"
)

// source is a parsed and type-checked package.
type source struct {
	path  string
	files []*file
	types *types.Package
	info  *types.Info
}

// file is a parsed source file.
type file struct {
	name string
	ast  *ast.File
}

// loader reads packages and keeps those that others import.
type loader struct {
	fset    *token.FileSet
	sources map[string]*source // by import path
	dir     string             // where imports are resolved from
	missing map[string]error   // why no package was found for an import path
	loading map[string]bool    // import paths that are being read
}

var (
	errCycle    = errors.New("packages import each other")
	errStandard = errors.New("a package of the standard library")
)

func newLoader(dir string) *loader {
	return &loader{fset: token.NewFileSet(), sources: map[string]*source{}, dir: dir, missing: map[string]error{}, loading: map[string]bool{}}
}

// load reads the package in dir. Type errors are not reported: what matters of
// them shows as a field whose type is not known.
func (l *loader) load(dir, path string) (*source, error) {
	files, err := l.parseDir(dir)
	if err != nil {
		return nil, err
	}
	src := &source{path: path, files: files, info: &types.Info{Defs: map[*ast.Ident]types.Object{}}}
	config := types.Config{
		IgnoreFuncBodies: true,
		FakeImportC:      true,
		Importer:         l,
		Error:            func(error) {},
	}
	var trees []*ast.File
	for _, f := range files {
		trees = append(trees, f.ast)
	}
	l.loading[path] = true
	src.types, _ = config.Check(path, l.fset, trees, src.info)
	delete(l.loading, path)
	l.sources[path] = src
	return src, nil
}

// parseDir parses the hand-written files of dir in the order of their names.
func (l *loader) parseDir(dir string) ([]*file, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var files []*file
	var wrong scanner.ErrorList
	for _, e := range entries {
		if !handWritten(e.Name()) {
			continue
		}
		match, err := build.Default.MatchFile(dir, e.Name())
		match = match || err != nil // what is wrong with it, the parser says
		path := filepath.Join(dir, e.Name())
		tree, err := parser.ParseFile(l.fset, path, nil, parser.ParseComments|parser.SkipObjectResolution)
		var syntax scanner.ErrorList
		switch {
		case !match && (tree == nil || !defines(tree)):
			continue
		case errors.As(err, &syntax):
			wrong = append(wrong, syntax...)
		case err != nil:
			return nil, err
		}
		files = append(files, &file{e.Name(), tree})
	}
	return files, wrong.Err()
}

func handWritten(name string) bool {
	return strings.HasSuffix(name, ".go") &&
		!strings.HasSuffix(name, "_gen.go") && !strings.HasSuffix(name, "_test.go")
}

// Import implements types.Importer. A package that cannot be had is empty:
// fields that need it are reported where they stand.
func (l *loader) Import(path string) (*types.Package, error) {
	if src := l.sources[path]; src != nil {
		return src.types, nil
	}
	found, err := l.find(path)
	if err == nil {
		return found, nil
	}
	if !errors.Is(err, errStandard) {
		l.missing[path] = err
	}
	empty := types.NewPackage(path, filepath.Base(path))
	empty.MarkComplete()
	return empty, nil
}

// find reads a package that is not loaded yet. One of the standard library has
// no types for the wire, and its sources are not read.
func (l *loader) find(path string) (*types.Package, error) {
	if l.loading[path] {
		return nil, errCycle
	}
	context := build.Default
	context.Dir = l.dir // where it runs the go command, which finds the module
	found, err := context.Import(path, l.dir, build.FindOnly)
	switch {
	case err != nil:
		return nil, err
	case found.Goroot:
		return nil, errStandard
	}
	src, err := l.load(found.Dir, path)
	if err != nil {
		return nil, err
	}
	return src.types, nil
}
