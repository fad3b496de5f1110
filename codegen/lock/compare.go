package lock

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sim-im/sim/codegen/ir"
)

// Compare adds to problems every change from old to p that breaks a peer, and a
// warning for every rename. file is the name of the lock file.
func Compare(file string, old *Lock, p *ir.Package, problems *ir.Problems) {
	c := &comparison{Problems: problems, file: file, old: old, pkg: p, renamed: map[string]string{}}
	pairs := c.match()
	for _, pair := range pairs {
		c.structs(pair)
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
	renamed map[string]string // old name to new, of structs and enums
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
		if s.Name != old.Name {
			c.renamed[old.Name] = s.Name
			c.Warn(s.Pos, "nothing on the wire changes; tell other languages", "%s was renamed to %s", old.Name, s.Name)
		}
		pairs = append(pairs, pair{old, s})
	}
	return pairs
}

func (c *comparison) find(old Struct) *ir.Struct {
	var renamed *ir.Struct
	for _, s := range c.pkg.Structs() {
		sameID := old.Message && s.Message && s.ID == old.ID
		switch {
		case s.Name == old.Name:
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

// released tells whether a struct of this name is in the lock file.
func (c *comparison) released(s *ir.Struct) bool {
	return slices.ContainsFunc(c.old.Structs, func(old Struct) bool { return old.Name == s.Name })
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

// base is a kind without the name of an enum.
func base(kind string) string {
	if i := strings.IndexByte(kind, '('); i >= 0 {
		return kind[:i]
	}
	return kind
}

// missing reports a struct that is gone, unless it was retired.
func (c *comparison) missing(old Struct) {
	name := old.Name
	if old.Message {
		name = fmt.Sprintf("0x%04x", old.ID)
	}
	for _, s := range c.pkg.Structs() {
		switch {
		case s.Name == old.Name && s.Message:
			c.Add(s.Pos, "put it back; a true break is a new message beside this one", "the type id of %s was %s", s.Name, name)
			return
		case s.Name == old.Name:
			c.Add(s.Pos, "put //msgdef:type "+name+" back", "%s is no message any more", s.Name)
			return
		}
	}
	for _, s := range c.pkg.Structs() {
		if old.Message && s.Message && s.ID == old.ID {
			c.Add(s.Pos, "choose a free id", "type id %s was released for %s", name, old.Name)
			return
		}
	}
	c.gone(old.Name, name, old.Line)
}

// gone reports a deleted definition at its line of the lock file.
func (c *comparison) gone(what, name string, line int) {
	if slices.ContainsFunc(c.pkg.Retired, func(r ir.Retired) bool { return r.Name == name }) {
		return
	}
	c.Add(ir.Pos{File: c.file, Line: line, Col: 1},
		"put it back, or write //msgdef:retired "+name+" in a source file", "%s was deleted", what)
}

// reuse reports definitions under a name or id that was retired.
func (c *comparison) reuse() {
	retired := Of(c.pkg, c.old).Retired
	for _, s := range c.pkg.Structs() {
		id := fmt.Sprintf("0x%04x", s.ID)
		for _, r := range retired {
			if s.Message && r.Name == id || !s.Message && r.Name == s.Name {
				c.Add(s.Pos, "choose one that was never used", "%s is retired", r.Name)
			}
		}
	}
}

// structs compares what stands above a struct, then its fields.
func (c *comparison) structs(p pair) {
	if p.old.Frozen != p.new.Frozen {
		c.Add(p.new.Pos, "put //msgdef:frozen back as it was, or make a new struct",
			"%s was released %s and is now %s", p.new.Name, frozen(p.old.Frozen), frozen(p.new.Frozen))
	}
	if p.old.Message && p.old.Direction&^p.new.Direction != 0 {
		c.Add(p.new.Pos, "a direction may only widen to both", "%s was released %s and is now %s", p.new.Name, p.old.Direction, p.new.Direction)
	}
	c.fields(p)
}

func frozen(is bool) string {
	if is {
		return "frozen"
	}
	return "not frozen"
}
