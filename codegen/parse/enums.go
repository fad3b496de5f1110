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
			c.enumValues(e, obj, src, f.ast)
		}
	}
	return e
}

// enumValues adds the constants of the enum's type that a file declares.
func (c *converter) enumValues(e *ir.Enum, obj *types.TypeName, src *source, f *ast.File) {
	for _, decl := range f.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok || gen.Tok != token.CONST {
			continue
		}
		for _, s := range gen.Specs {
			for _, name := range s.(*ast.ValueSpec).Names {
				c.enumValue(e, obj, src, name)
			}
		}
	}
}

func (c *converter) enumValue(e *ir.Enum, obj *types.TypeName, src *source, name *ast.Ident) {
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
	e.Values = append(e.Values, ir.EnumValue{Name: name.Name, Value: k.Val().ExactString(), Pos: c.pos(name.Pos())})
}
