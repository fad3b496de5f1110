package parse

import (
	"go/ast"
	"go/types"

	"github.com/sim-im/sim/codegen/ir"
)

// fields reads the fields of a struct.
func (c *converter) fields(src *source, in *ast.File, s *ir.Struct, tree *ast.StructType) {
	for _, f := range tree.Fields.List {
		typ := c.fieldType(src, in, f)
		if len(f.Names) == 0 {
			c.problems.Add(c.pos(f.Pos()), "give it a name", "an embedded field has no place on the wire")
		}
		for _, name := range f.Names {
			field := &ir.Field{
				Name: name.Name, Doc: docOf(f.Doc, f.Comment), Pos: c.pos(name.Pos()), Type: typ, Gen: 1, Reserved: name.Name == "_",
			}
			if !field.Reserved && !name.IsExported() {
				c.problems.Add(field.Pos, "start its name with a capital", "field %s is not exported", name.Name)
			}
			if f.Tag != nil {
				c.tag(src, field, f.Tag)
			}
			s.Fields = append(s.Fields, field)
		}
	}
}

// fieldType finds the go/types type of a field through its name, or through
// the struct for a blank one.
func (c *converter) fieldType(src *source, in *ast.File, f *ast.Field) *ir.Type {
	if path := missingPackage(c.loader, src, in, f.Type); path != "" {
		c.problems.Add(c.pos(f.Type.Pos()), c.loader.remedy(path), "package %s cannot be read", path)
		return &ir.Type{}
	}
	for _, name := range f.Names {
		if obj := src.info.Defs[name]; obj != nil {
			return c.kind(obj.Type(), c.pos(f.Type.Pos()))
		}
	}
	return &ir.Type{}
}

// docOf returns the comment above a line, or else the one behind it.
func docOf(above, behind *ast.CommentGroup) string {
	if above != nil {
		return above.Text()
	}
	return behind.Text()
}

// kind converts a type. What cannot be on the wire is reported at pos.
func (c *converter) kind(t types.Type, pos ir.Pos) *ir.Type {
	switch t := types.Unalias(t).(type) {
	case *types.Basic:
		return c.basic(t, pos)
	case *types.Named:
		return c.named(t, pos)
	case *types.Array:
		if isByte(t.Elem()) {
			return &ir.Type{Kind: ir.Array, Len: int(t.Len())}
		}
		c.problems.Add(pos, "use a list with a max", "an array of %s has no encoding", t.Elem())
	case *types.Slice:
		if isByte(t.Elem()) {
			return &ir.Type{Kind: ir.Bytes}
		}
		return &ir.Type{Kind: ir.List, Elem: c.kind(t.Elem(), pos)}
	case *types.Map:
		c.problems.Add(pos, "use a list of structs with a key and a value", "a map has no order on the wire")
	case *types.Pointer:
		c.problems.Add(pos, "use the value itself, or a list that may be empty", "a pointer has no encoding")
	case *types.Interface:
		c.problems.Add(pos, "use a concrete type, or bytes and a kind", "an interface has no encoding")
	default:
		c.problems.Add(pos, "use a kind listed in the package documentation", "type %s has no encoding", t)
	}
	return &ir.Type{}
}

func isByte(t types.Type) bool {
	b, ok := types.Unalias(t).(*types.Basic)
	return ok && b.Kind() == types.Byte
}
