package importlaw

import (
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Package is a folder with Go files.
type Package struct {
	Path string // relative to the module, "." for its root
	Main bool   // a command
}

// Arrow is an import.
type Arrow struct {
	From Package
	To   string // import path
	File string // relative to the module
	Line int
	Test bool // by a _test.go file, or by a package made for tests
}

// Violation is an arrow that the law forbids.
type Violation struct {
	Arrow
	Why string
}

// String returns the violation as file:line and reason.
func (v Violation) String() string {
	return fmt.Sprintf("%s:%d: %s imports %s: %s", v.File, v.Line, v.From.Path, v.To, v.Why)
}

// Check returns every violation in the tree of a module, in the order of files
// and lines. An error means that a file could not be read or parsed.
func Check(module string, tree fs.FS) ([]Violation, error) {
	arrows, err := Arrows(tree)
	if err != nil {
		return nil, err
	}
	var found []Violation
	for _, a := range arrows {
		if why := judge(module, a); why != "" {
			found = append(found, Violation{Arrow: a, Why: why})
		}
	}
	return found, nil
}

func judge(module string, a Arrow) string {
	if target, inside := strings.CutPrefix(a.To, module+"/"); inside {
		return verdict(a.From, target)
	}
	return outside(a.From, a.To, a.Test)
}

// Arrows returns every import of the Go files in the tree, without those in
// testdata, hidden folders and nested modules.
func Arrows(tree fs.FS) ([]Arrow, error) {
	var arrows []Arrow
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			return skip(tree, name)
		case path.Ext(name) == ".go":
			more, err := imports(tree, name)
			arrows = append(arrows, more...)
			return err
		}
		return nil
	})
	return arrows, err
}

// skip returns fs.SkipDir for a folder that is not a part of the module.
func skip(tree fs.FS, folder string) error {
	if folder == "." {
		return nil
	}
	base := path.Base(folder)
	if base == "testdata" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
		return fs.SkipDir
	}
	_, err := fs.Stat(tree, folder+"/go.mod")
	switch {
	case err == nil:
		return fs.SkipDir
	case errors.Is(err, fs.ErrNotExist):
		return nil
	}
	return err
}

func imports(tree fs.FS, name string) ([]Arrow, error) {
	source, err := fs.ReadFile(tree, name)
	if err != nil {
		return nil, err
	}
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, source, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	from := Package{Path: path.Dir(name), Main: file.Name.Name == "main"}
	test := strings.HasSuffix(name, "_test.go") || strings.HasSuffix(file.Name.Name, "test")
	arrows := make([]Arrow, 0, len(file.Imports))
	for _, spec := range file.Imports {
		to, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, fmt.Errorf("%s: import %s: %w", name, spec.Path.Value, err)
		}
		line := files.Position(spec.Pos()).Line
		arrows = append(arrows, Arrow{From: from, To: to, File: name, Line: line, Test: test})
	}
	return slices.Clip(arrows), nil
}
