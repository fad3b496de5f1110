package lock

import (
	"strconv"
	"strings"

	"github.com/sim-im/sim/codegen/ir"
)

// parseKind reads what ir.Type.In writes. Structs and enums in it have a name,
// and nothing else.
func parseKind(text string) (*ir.Type, bool) {
	if elem, ok := strings.CutPrefix(text, "[]"); ok {
		t, ok := parseKind(elem)
		return &ir.Type{Kind: ir.List, Elem: t}, ok && t.Kind != ir.List
	}
	if n, ok := strings.CutSuffix(text, "]byte"); ok {
		size, err := strconv.Atoi(strings.TrimPrefix(n, "["))
		return &ir.Type{Kind: ir.Array, Len: size}, err == nil && size > 0 && strings.HasPrefix(n, "[")
	}
	word, inner, ok := strings.Cut(text, "(")
	if ok && (!strings.HasSuffix(inner, ")") || !identifier(strings.TrimSuffix(inner, ")"))) {
		return &ir.Type{}, false
	}
	t := basicKind(word)
	switch inner = strings.TrimSuffix(inner, ")"); {
	case t.Kind == ir.Invalid:
		return t, false
	case t.Kind == ir.Nested:
		return t, inner == "" && identifier(word)
	case inner == "":
	case t.Kind == ir.Bytes:
		t.Holds = &ir.Struct{Name: inner}
	case t.Kind == ir.Int || t.Kind == ir.Uint:
		t.Enum = &ir.Enum{Name: inner}
	default:
		return t, false
	}
	return t, true
}

// basicKind is the type of a word without brackets; of a word that is no kind,
// a struct of that name.
func basicKind(word string) *ir.Type {
	name := strings.TrimRight(word, "0123456789")
	bits, _ := strconv.Atoi(word[len(name):])
	switch kind := map[string]ir.Kind{"int": ir.Int, "uint": ir.Uint, "float": ir.Float}[name]; {
	case word == "bool":
		return &ir.Type{Kind: ir.Bool}
	case word == "string":
		return &ir.Type{Kind: ir.String}
	case word == "bytes":
		return &ir.Type{Kind: ir.Bytes}
	case kind == ir.Float && (bits == 32 || bits == 64),
		(kind == ir.Int || kind == ir.Uint) && (bits == 8 || bits == 16 || bits == 32 || bits == 64):
		return &ir.Type{Kind: kind, Bits: bits}
	case kind != ir.Invalid:
		return &ir.Type{} // of no such width
	}
	return &ir.Type{Kind: ir.Nested, Struct: &ir.Struct{Name: word}}
}

// identifier tells whether text is "Name" or "pkg.Name", as far as a lock file
// has to know.
func identifier(text string) bool {
	return text != "" && !strings.ContainsAny(text, "()[]{}<>=|*&,;:\"'`")
}
