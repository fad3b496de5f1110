package parse

import (
	"go/ast"
	"go/types"
	"reflect"
	"strconv"

	"github.com/sim-im/sim/codegen/ir"
)

// fields reads the fields of a struct.
func (c *converter) fields(src *source, s *ir.Struct, tree *ast.StructType) {
	for _, f := range tree.Fields.List {
		typ := c.fieldType(src, f)
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
func (c *converter) fieldType(src *source, f *ast.Field) *ir.Type {
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

// tag reads max, elem, gen, secret and holds.
func (c *converter) tag(src *source, field *ir.Field, lit *ast.BasicLit) {
	text, err := strconv.Unquote(lit.Value)
	if err != nil {
		return
	}
	field.Tag = text
	tag := reflect.StructTag(text)
	pos := c.pos(lit.Pos())
	field.Max = c.number(tag, "max", field.Max, pos)
	field.Elem = c.number(tag, "elem", field.Elem, pos)
	field.Gen = c.number(tag, "gen", field.Gen, pos)
	if v, ok := tag.Lookup("secret"); ok {
		field.Secret = v == "true"
		if !field.Secret {
			c.problems.Add(pos, `write secret:"true", or nothing`, "secret is %q", v)
		}
	}
	if v, ok := tag.Lookup("holds"); ok {
		c.holds(src, field, v, pos)
	}
}

// holds reads the name of the struct whose encoding a field is made of.
func (c *converter) holds(src *source, field *ir.Field, name string, pos ir.Pos) {
	t := field.Type
	if t.Kind == ir.List {
		t = t.Elem
	}
	obj, _ := src.types.Scope().Lookup(name).(*types.TypeName)
	switch {
	case t.Kind != ir.Bytes:
		c.problems.Add(pos, "delete the tag", "%s is %s, and only bytes hold an encoded struct", field.Name, field.Type)
	case obj == nil || c.structs[obj] == nil:
		c.problems.Add(pos, "name a struct of this package that has a directive", "%s holds %q", field.Name, name)
	default:
		t.Holds = c.structs[obj]
	}
}

// number reads a positive number from a tag; absent it is def, and 1 when it is
// wrong, which is reported.
func (c *converter) number(tag reflect.StructTag, key string, def int, pos ir.Pos) int {
	v, ok := tag.Lookup(key)
	if !ok {
		return def
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 {
		c.problems.Add(pos, "write a positive decimal number", "%s is %q", key, v)
		return 1
	}
	return n
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
