package parse

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"

	"github.com/sim-im/sim/codegen/ir"
)

// ErrNoDefinitions means that a folder holds no message definitions.
var ErrNoDefinitions = errors.New("no message definitions here")

// Package reads the definitions in dir. Everything wrong with them is added to
// problems; the error is for a folder that cannot be read at all, or source
// that is not Go.
func Package(dir string, problems *ir.Problems) (*ir.Package, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	l := newLoader(abs)
	src, err := l.load(dir, "./"+filepath.Base(abs)) // no import path, which could be one of the standard library
	if err != nil {
		return nil, err
	}
	c := &converter{loader: l, problems: problems, structs: map[*types.TypeName]*ir.Struct{}, enums: map[*types.TypeName]*ir.Enum{}}
	pkg := c.convert(src)
	pkg.Imports = c.imports
	if len(pkg.Structs()) == 0 {
		return nil, fmt.Errorf("%s: %w: put //msgdef:type, //msgdef:struct or //msgdef:frozen above a struct, or name the folder that has them", dir, ErrNoDefinitions)
	}
	return pkg, nil
}

// converter turns sources into ir. Structs and enums are kept by their type
// name, so that each exists once however often it is used.
type converter struct {
	loader   *loader
	problems *ir.Problems
	structs  map[*types.TypeName]*ir.Struct
	enums    map[*types.TypeName]*ir.Enum
	imports  []*ir.Package
}

func (c *converter) convert(src *source) *ir.Package {
	pkg := &ir.Package{Path: src.path, Name: src.types.Name(), SharesTypes: src.types.Scope().Lookup("Type") != nil}
	c.declare(src)
	for _, f := range src.files {
		c.constrained(f.ast)
		out := &ir.File{Name: f.name}
		for _, d := range typeSpecs(f.ast) {
			if s := c.structs[object(src, d)]; s != nil {
				c.fields(src, f.ast, s, d.spec.Type.(*ast.StructType))
				out.Structs = append(out.Structs, s)
			}
		}
		pkg.Files = append(pkg.Files, out)
		c.anywhere(pkg, f.ast)
	}
	c.placeEnums(pkg, src)
	return pkg
}

// placeEnums puts the enums of this package that its messages use into the file
// that declares them. One without constants has no names and is an integer.
func (c *converter) placeEnums(pkg *ir.Package, src *source) {
	for i, f := range src.files {
		for _, d := range typeSpecs(f.ast) {
			if e := c.enums[object(src, d)]; e != nil && len(e.Values) > 0 {
				pkg.Files[i].Enums = append(pkg.Files[i].Enums, e)
			}
		}
	}
}

func (c *converter) pos(p token.Pos) ir.Pos {
	at := c.loader.fset.Position(p)
	return ir.Pos{File: at.Filename, Line: at.Line, Col: at.Column}
}

// declaration is a type declaration with its documentation.
type declaration struct {
	spec *ast.TypeSpec
	doc  *ast.CommentGroup
}

// object is what a declaration declares, nil when the name was taken.
func object(src *source, d declaration) *types.TypeName {
	obj, _ := src.info.Defs[d.spec.Name].(*types.TypeName)
	return obj
}

// typeSpecs returns the type declarations of a file, in order.
func typeSpecs(f *ast.File) []declaration {
	var all []declaration
	for _, decl := range f.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok || gen.Tok != token.TYPE {
			continue
		}
		for _, s := range gen.Specs {
			spec := s.(*ast.TypeSpec)
			doc := spec.Doc
			if doc == nil && !gen.Lparen.IsValid() {
				doc = gen.Doc
			}
			all = append(all, declaration{spec, doc})
		}
	}
	return all
}
