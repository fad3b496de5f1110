package lock

import (
	"slices"
	"strings"

	"github.com/sim-im/sim/codegen/ir"
)

const tellOthers = "nothing on the wire changes; tell other languages"

// Rules are what a comparison must know besides the layouts.
type Rules struct {
	// Named says that an encoding of the package carries the names of fields,
	// as JSON does: then another name of a field is another field.
	Named bool
}

// Compare adds to problems every change from old to p that breaks a peer, and a
// warning for every rename. file is the name of the lock file.
func Compare(file string, old *Lock, p *ir.Package, rules Rules, problems *ir.Problems) {
	c := &comparison{
		Problems: problems, file: file, old: old, pkg: p, rules: rules,
		structs: append(p.Structs(), p.Foreign()...), renamed: map[string]string{},
	}
	for _, pair := range c.match() {
		c.pair(pair)
	}
	c.reuse()
	c.enums()
}

// comparison is one run of Compare.
type comparison struct {
	*ir.Problems
	file    string
	old     *Lock
	pkg     *ir.Package
	rules   Rules
	structs []*ir.Struct      // of the package, then those of others inside them
	renamed map[string]string // old name to new, of structs
}

// pair is a released struct and what became of it.
type pair struct {
	old Struct
	new *ir.Struct
}

// match finds what became of each released struct: a message by its id, a
// struct by its name, and failing that by its layout.
func (c *comparison) match() []pair {
	var pairs []pair
	for _, old := range c.old.Structs {
		s := c.find(old)
		if s == nil {
			c.missing(old)
			continue
		}
		if name := c.name(s); name != old.Name {
			c.renamed[old.Name] = name
			c.Warn(s.Pos, tellOthers, "%s was renamed to %s", old.Name, name)
		}
		pairs = append(pairs, pair{old, s})
	}
	return pairs
}

func (c *comparison) find(old Struct) *ir.Struct {
	var renamed *ir.Struct
	for _, s := range c.structs {
		sameID := old.Message && s.Message && s.ID == old.ID && s.Package == c.pkg.Path
		switch {
		case c.name(s) == old.Name:
			if old.Message && !sameID {
				return nil
			}
			return s
		case sameShape(c.pkg, s, old) && (sameID || !old.Message && !s.Message && !c.released(s) && len(old.Fields) > 0):
			renamed = s
		}
	}
	return renamed
}

// name is the name of s in the lock file.
func (c *comparison) name(s *ir.Struct) string { return s.In(c.pkg.Path) }

// released tells whether a struct of this name is in the lock file.
func (c *comparison) released(s *ir.Struct) bool {
	return slices.ContainsFunc(c.old.Structs, func(old Struct) bool { return old.Name == c.name(s) })
}

// sameShape tells whether s begins with the released fields, whatever their
// names.
func sameShape(p *ir.Package, s *ir.Struct, old Struct) bool {
	fields := structOf(p, s).Fields
	if len(fields) < len(old.Fields) || s.Frozen != old.Frozen {
		return false
	}
	for i, f := range old.Fields {
		if fields[i].Gen != f.Gen || base(fields[i].Kind) != base(f.Kind) {
			return false
		}
	}
	return true
}

// base is a kind without the name of an enum or of what bytes hold.
func base(kind string) string {
	if i := strings.IndexByte(kind, '('); i >= 0 {
		return kind[:i]
	}
	return kind
}

// pair compares what stands above a struct, then its fields.
func (c *comparison) pair(p pair) {
	name := c.name(p.new)
	if p.old.Frozen != p.new.Frozen {
		c.Add(p.new.Pos, "put //msgdef:frozen back as it was, or make a new struct",
			"%s was released %s and is now %s", name, frozen(p.old.Frozen), frozen(p.new.Frozen))
	}
	if p.old.Message && p.old.Direction&^p.new.Direction != 0 {
		c.Add(p.new.Pos, "a direction may only widen to both", "%s was released %s and is now %s", name, p.old.Direction, p.new.Direction)
	}
	c.fields(p)
}

func frozen(is bool) string {
	if is {
		return "frozen"
	}
	return "not frozen"
}
