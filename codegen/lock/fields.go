package lock

import (
	"slices"
	"strings"

	"github.com/sim-im/sim/codegen/ir"
)

const (
	atTheEnd = "new fields go at the end, with the next generation"
	retireIt = "put it back; to retire it, name it _"
)

// fields walks the released fields and the present ones together, and says of
// each difference what it is, once.
func (c *comparison) fields(p pair) {
	old, now := p.old.Fields, p.new.Fields
	i, j := 0, 0
	reordered := false
	for i < len(old) && j < len(now) {
		was, is := old[i], now[j]
		wasElsewhere, isElsewhere := present(now, was.Name), released(old, is.Name)
		switch {
		case was.Name == is.Name, is.Reserved && !wasElsewhere:
			c.field(was, is)
		case was.Name == "_" && isElsewhere:
			c.Add(is.Pos, "put it back: its bytes are still on the wire", "the reserved field before %s was deleted", is.Name)
			j--
		case was.Name == "_":
			c.Add(is.Pos, "leave it _ and add a field at the end", "%s takes the place of a reserved field", is.Name)
		case wasElsewhere && isElsewhere:
			if !reordered {
				c.Add(is.Pos, "put the fields back in their order", "%s stands where %s was", is.Name, was.Name)
			}
			reordered = true
		case wasElsewhere:
			c.Add(is.Pos, atTheEnd, "%s was inserted before %s", is.Name, was.Name)
			i--
		case isElsewhere:
			c.Add(is.Pos, retireIt, "%s was deleted before %s", was.Name, is.Name)
			j--
		default:
			c.replaced(was, is)
		}
		i, j = i+1, j+1
	}
	for _, f := range old[i:] {
		if !present(now, f.Name) {
			c.Add(p.new.Pos, retireIt, "%s was deleted from the end of %s", f.Name, c.name(p.new))
		}
	}
	for _, f := range now[j:] {
		c.added(p, f)
	}
}

// present tells whether a field of this name still exists.
func present(fields []*ir.Field, name string) bool {
	return name != "_" && slices.ContainsFunc(fields, func(f *ir.Field) bool { return f.Name == name })
}

// released tells whether a field of this name was released.
func released(fields []Field, name string) bool {
	return name != "_" && slices.ContainsFunc(fields, func(f Field) bool { return f.Name == name })
}

// replaced compares a field with another name: the same kind makes it a rename.
func (c *comparison) replaced(was Field, is *ir.Field) {
	kind := is.Type.In(c.pkg.Path)
	switch {
	case !known(is.Type):
		return // parse said why
	case !c.sameKind(was.Kind, kind):
		c.Add(is.Pos, "put it back and add the new one at the end; to retire it, name it _",
			"%s %s was replaced by %s %s", was.Name, was.Kind, is.Name, kind)
		return
	case c.rules.Named:
		c.Add(is.Pos, "put the name back: JSON has it on the wire; or retire the field as _ and add one at the end",
			"field %s was renamed to %s", was.Name, is.Name)
	default:
		c.Warn(is.Pos, tellOthers, "field %s was renamed to %s", was.Name, is.Name)
	}
	c.field(was, is)
}

// field compares a field with what became of it.
func (c *comparison) field(was Field, is *ir.Field) {
	kind := is.Type.In(c.pkg.Path)
	if !known(is.Type) {
		return // parse said why
	}
	if !c.sameKind(was.Kind, kind) {
		c.Add(is.Pos, "put the type back; a true break is a new field, or a new message with a new type id",
			"%s was released as %s and is now %s", is.Name, was.Kind, kind)
		return
	}
	if !is.Reserved {
		c.holds(was, is)
	}
	if was.Gen != is.Gen {
		c.Add(is.Pos, "put the tag back", "%s was released in generation %d and is now in %d", is.Name, was.Gen, is.Gen)
	}
	if is.Max < was.Max {
		c.Add(is.Pos, "a limit may only rise", "max of %s was %d and is now %d", is.Name, was.Max, is.Max)
	}
	if is.Elem < was.Elem {
		c.Add(is.Pos, "a limit may only rise", "elem of %s was %d and is now %d", is.Name, was.Elem, is.Elem)
	}
}

// known tells whether parse understood a type.
func known(t *ir.Type) bool {
	return t.Kind != ir.Invalid && (t.Kind != ir.List || known(t.Elem))
}

// added checks a field after the released ones.
func (c *comparison) added(p pair, f *ir.Field) {
	switch last := p.old.generations(); {
	case released(p.old.Fields, f.Name):
		// it was moved here, which is reported where it was
	case p.new.Frozen && p.old.Frozen:
		c.Add(f.Pos, "make a new struct", "%s was added to the frozen struct %s", f.Name, c.name(p.new))
	case f.Gen <= last:
		c.Add(f.Pos, "add a tag with the next generation", "%s was added to generation %d of %s, which is released", f.Name, f.Gen, c.name(p.new))
	case c.rules.Named && p.retired(f):
		c.Add(f.Pos, "choose one that was never used: JSON has it on the wire", "%s has the name of a field of %s that was retired", f.Name, c.name(p.new))
	}
}

// sameKind tells whether two kinds have the same bytes. The name of an enum
// does not matter, nor that of a struct that was renamed.
func (c *comparison) sameKind(was, is string) bool {
	list := strings.HasPrefix(was, "[]")
	name := strings.TrimPrefix(was, "[]")
	if now, ok := c.renamed[name]; ok {
		name = now
	}
	if list {
		name = "[]" + name
	}
	return base(name) == base(is)
}

// holds compares what encoded struct a field of bytes is made of. Where names
// are on the wire, a struct there is another thing than its bytes.
func (c *comparison) holds(was Field, is *ir.Field) {
	before, now := held(was.Kind), held(is.Type.In(c.pkg.Path))
	if as, ok := c.renamed[before]; ok {
		before = as
	}
	switch {
	case before == now || !strings.Contains(base(was.Kind), "bytes"):
	case before == "" && !c.rules.Named:
		// it was opaque: to say what is in it changes nothing
	case before == "":
		c.Add(is.Pos, "delete the tag: JSON has these bytes in base64; or add a field at the end", "%s held nothing known and now holds %s", is.Name, now)
	case now == "":
		c.Add(is.Pos, `put holds:"`+before+`" back`, "%s was released to hold %s and now holds nothing known", is.Name, before)
	default:
		c.Add(is.Pos, `put holds:"`+before+`" back; a true break is a new field`, "%s was released to hold %s and now holds %s", is.Name, before, now)
	}
}

// held is the name in parentheses of a kind.
func held(kind string) string {
	_, name, _ := strings.Cut(kind, "(")
	return strings.TrimSuffix(name, ")")
}
