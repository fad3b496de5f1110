package lock

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sim-im/sim/codegen/ir"
)

// missing reports a struct that is gone, unless it was retired. One of another
// package may go: the fields that held it are compared by themselves.
func (c *comparison) missing(old Struct) {
	if old.foreign() {
		return
	}
	name := old.tombstone()
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

// foreign tells whether a struct is of another package.
func (s *Struct) foreign() bool { return strings.Contains(s.Name, ".") }

// tombstone is what //msgdef:retired calls a struct.
func (s *Struct) tombstone() string {
	if s.Message {
		return typeID(s.ID)
	}
	return s.Name
}

func typeID(id uint16) string { return fmt.Sprintf("0x%04x", id) }

// gone reports a deleted definition at its line of the lock file.
func (c *comparison) gone(what, name string, line int) {
	if slices.ContainsFunc(c.pkg.Retired, func(r ir.Retired) bool { return r.Name == name }) {
		return
	}
	c.Add(ir.Pos{File: c.file, Line: line, Col: 1},
		"put it back, or write //msgdef:retired "+name+" in a source file", "%s was deleted", what)
}

// reuse reports definitions under a name or id that was retired, and retired
// names that nothing ever had.
func (c *comparison) reuse() {
	now := Of(c.pkg, c.old)
	retired := func(name string) bool {
		return slices.ContainsFunc(now.Retired, func(r Retired) bool { return r.Name == name })
	}
	for _, s := range c.pkg.Structs() {
		layout := structOf(c.pkg, s)
		if name := layout.tombstone(); retired(name) {
			c.Add(s.Pos, "choose one that was never used", "%s is retired", name)
		}
	}
	for _, e := range c.pkg.Enums() {
		if retired(e.Name) {
			c.Add(e.Pos, "choose one that was never used", "%s is retired", e.Name)
		}
	}
	for _, r := range c.pkg.Retired {
		if !c.old.had(r.Name) {
			c.Warn(r.Pos, "delete the line, unless the name is to stay free", "nothing called %s was ever released", r.Name)
		}
	}
}

// had tells whether l has, or has retired, a definition with this tombstone.
func (l *Lock) had(name string) bool {
	return slices.ContainsFunc(l.Retired, func(r Retired) bool { return r.Name == name }) ||
		slices.ContainsFunc(l.Enums, func(e Enum) bool { return e.Name == name }) ||
		slices.ContainsFunc(l.Structs, func(s Struct) bool { return s.tombstone() == name })
}
