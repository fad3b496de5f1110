package parse

import (
	"go/types"

	"github.com/sim-im/sim/codegen/ir"
)

// basicType returns the wire type of a basic type that has one.
func basicType(kind types.BasicKind) (t ir.Type, ok bool) {
	switch kind {
	case types.Bool:
		return ir.Type{Kind: ir.Bool}, true
	case types.String:
		return ir.Type{Kind: ir.String}, true
	case types.Int8, types.Int16, types.Int32, types.Int64:
		return ir.Type{Kind: ir.Int, Bits: 8 << (kind - types.Int8)}, true
	case types.Uint8, types.Uint16, types.Uint32, types.Uint64:
		return ir.Type{Kind: ir.Uint, Bits: 8 << (kind - types.Uint8)}, true
	case types.Float32, types.Float64:
		return ir.Type{Kind: ir.Float, Bits: 32 << (kind - types.Float32)}, true
	}
	return ir.Type{}, false
}

func (c *converter) basic(t *types.Basic, pos ir.Pos) *ir.Type {
	if n, ok := basicType(t.Kind()); ok {
		return &n
	}
	switch t.Kind() {
	case types.Int, types.Uint, types.Uintptr:
		c.problems.Add(pos, "use a type that names its width, such as int64 or uint32", "%s has no fixed width", t.Name())
	case types.Invalid:
		c.problems.Add(pos, "declare it in this module; the standard library has no types for the wire", "the type is not known")
	default:
		c.problems.Add(pos, "use a kind listed in the package documentation", "%s has no encoding", t.Name())
	}
	return &ir.Type{}
}

// named converts a struct with a directive or a named integer.
func (c *converter) named(t *types.Named, pos ir.Pos) *ir.Type {
	if t.TypeArgs().Len() > 0 {
		c.problems.Add(pos, "declare a type without type parameters", "the generic type %s has no encoding", t.Obj().Name())
		return &ir.Type{}
	}
	switch under := t.Underlying().(type) {
	case *types.Struct:
		return c.nested(t, pos)
	case *types.Basic:
		n, ok := basicType(under.Kind())
		if ok && (n.Kind == ir.Int || n.Kind == ir.Uint) {
			n.Enum = c.enum(t)
			return &n
		}
		if under.Kind() == types.Int || under.Kind() == types.Uint || under.Kind() == types.Invalid {
			return c.basic(under, pos)
		}
	}
	c.problems.Add(pos, "use its underlying type; only integers may have names", "the named type %s has no encoding", t.Obj().Name())
	return &ir.Type{}
}

// nested finds the struct that t names, reading its package when it is another.
func (c *converter) nested(t *types.Named, pos ir.Pos) *ir.Type {
	if s := c.structs[t.Obj()]; s != nil {
		return &ir.Type{Kind: ir.Nested, Struct: s}
	}
	if src := c.loader.sources[t.Obj().Pkg().Path()]; src != nil && src.types == t.Obj().Pkg() && !c.converted(src) {
		c.imports = append(c.imports, c.convert(src))
		if s := c.structs[t.Obj()]; s != nil {
			return &ir.Type{Kind: ir.Nested, Struct: s}
		}
	}
	c.problems.Add(pos, "put //msgdef:struct above its declaration", "struct %s has no directive", t.Obj().Name())
	return &ir.Type{}
}

// converted tells whether the structs of src are known already.
func (c *converter) converted(src *source) bool {
	for obj := range c.structs {
		if obj.Pkg() == src.types {
			return true
		}
	}
	return false
}
