package parse

import (
	"go/ast"
	"go/types"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/sim-im/sim/codegen/ir"
)

// tagKeys returns the tags that mean something here.
func tagKeys() []string { return []string{"max", "elem", "gen", "secret", "holds"} }

// tagPair is one key:"value" of a tag, as reflect.StructTag reads it.
var tagPair = regexp.MustCompile(`^([^\s:"]+):"((?:[^"\\]|\\.)*)"(?: +|$)`)

// tag reads max, elem, gen, secret and holds.
func (c *converter) tag(src *source, field *ir.Field, lit *ast.BasicLit) {
	text, err := strconv.Unquote(lit.Value)
	if err != nil {
		return
	}
	field.Tag = text
	tag := reflect.StructTag(text)
	pos := c.pos(lit.Pos())
	c.unknownTags(text, pos)
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

// unknownTags reports a tag that is not written as pairs, and keys that mean nothing
// here: a misspelled "secret" would show what it should hide.
func (c *converter) unknownTags(text string, pos ir.Pos) {
	seen := map[string]bool{}
	for text = strings.TrimLeft(text, " "); text != ""; {
		m := tagPair.FindStringSubmatch(text)
		if m == nil {
			c.problems.Add(pos, `write key:"value" pairs, with a space between`, "the tag is not understood at %q", text)
			return
		}
		text = text[len(m[0]):]
		switch key := m[1]; {
		case !slices.Contains(tagKeys(), key):
			c.problems.Add(pos, "use "+strings.Join(tagKeys(), ", ")+", or delete it", "the tag %s means nothing", key)
		case seen[key]:
			c.problems.Add(pos, "keep one of them", "%s is given twice", key)
		}
		seen[m[1]] = true
	}
}
