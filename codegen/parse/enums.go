package parse

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"

	"github.com/sim-im/sim/codegen/ir"
)

// enum returns the enum of a named integer, with the constants its package
// declares.
func (c *converter) enum(t *types.Named) *ir.Enum {
	obj := t.Obj()
	if e := c.enums[obj]; e != nil {
		return e
	}
	e := &ir.Enum{Package: obj.Pkg().Path(), Name: obj.Name(), Pos: c.pos(obj.Pos())}
	c.enums[obj] = e
	if basic, ok := t.Underlying().(*types.Basic); ok {
		e.Kind, e.Signed = types.Typ[basic.Kind()].Name(), basic.Info()&types.IsUnsigned == 0
	}
	for i := range t.NumMethods() {
		e.HasString = e.HasString || t.Method(i).Name() == "String"
	}
	if src := c.loader.sources[obj.Pkg().Path()]; src != nil {
		for _, f := range src.files {
			c.enumDoc(e, obj, src, f.ast)
			c.enumValues(e, obj, src, f.ast)
		}
		e.Unused = !src.uses(obj)
	}
	return e
}

// uses tells whether a definition of src has a field, or a list, of a type.
func (src *source) uses(obj *types.TypeName) bool {
	for _, f := range src.files {
		for _, d := range typeSpecs(f.ast) {
			if of := object(src, d); of != nil && directed(d) && hasField(of.Type(), obj) {
				return true
			}
		}
	}
	return false
}

func hasField(of types.Type, obj *types.TypeName) bool {
	s, ok := of.Underlying().(*types.Struct)
	for i := 0; ok && i < s.NumFields(); i++ {
		t := types.Unalias(s.Field(i).Type())
		if list, ok := t.(*types.Slice); ok {
			t = types.Unalias(list.Elem())
		}
		if named, ok := t.(*types.Named); ok && named.Obj() == obj {
			return true
		}
	}
	return false
}

// enumDoc takes the comment above the enum's declaration, if f holds it.
func (c *converter) enumDoc(e *ir.Enum, obj *types.TypeName, src *source, f *ast.File) {
	for _, d := range typeSpecs(f) {
		if src.info.Defs[d.spec.Name] == obj {
			e.Doc = docOf(d.doc, d.spec.Comment)
		}
	}
}

// enumValues adds the constants of the enum's type that a file declares.
func (c *converter) enumValues(e *ir.Enum, obj *types.TypeName, src *source, f *ast.File) {
	for _, decl := range f.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok || gen.Tok != token.CONST {
			continue
		}
		for _, s := range gen.Specs {
			spec := s.(*ast.ValueSpec)
			for _, name := range spec.Names {
				c.enumValue(e, obj, src, name, docOf(spec.Doc, spec.Comment))
			}
		}
	}
}

func (c *converter) enumValue(e *ir.Enum, obj *types.TypeName, src *source, name *ast.Ident, doc string) {
	k, ok := src.info.Defs[name].(*types.Const)
	if !ok || name.Name == "_" {
		return
	}
	if named, ok := k.Type().(*types.Named); !ok || named.Obj() != obj {
		return
	}
	if k.Val().Kind() != constant.Int {
		c.problems.Add(c.pos(name.Pos()), "use a number or a constant of this module", "the value of %s cannot be computed", name.Name)
		return
	}
	e.Values = append(e.Values, ir.EnumValue{Name: name.Name, Doc: doc, Value: k.Val().ExactString(), Pos: c.pos(name.Pos())})
}
