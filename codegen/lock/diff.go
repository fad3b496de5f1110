package lock

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sim-im/sim/codegen/ir"
)

// Changes are the differences between two released layouts, in words for a
// changelog. Each list is in the order of the newer file.
type Changes struct {
	Added    []string `json:"added"`    // an older peer ignores it
	Changed  []string `json:"changed"`  // names and limits; the bytes stay
	Retired  []string `json:"retired"`  // no longer used, and never used again
	Breaking []string `json:"breaking"` // what an older or newer peer does not survive
}

// Compatible tells whether peers of both layouts understand each other.
func (c *Changes) Compatible() bool { return len(c.Breaking) == 0 }

// Empty tells whether nothing changed.
func (c *Changes) Empty() bool {
	return len(c.Added)+len(c.Changed)+len(c.Retired)+len(c.Breaking) == 0
}

// Diff tells what changed from old to new. What breaks is what Compare refuses.
func Diff(old, new *Lock, rules Rules) *Changes {
	var problems ir.Problems
	p := new.pkg()
	Compare("old", old, p, rules, &problems)
	d := &differ{Changes: &Changes{Added: []string{}, Changed: []string{}, Retired: []string{}, Breaking: []string{}}, old: old, new: new}
	for _, problem := range problems.List() {
		switch {
		case !problem.Warning:
			d.Breaking = append(d.Breaking, within(problem, new)+problem.Text)
		case strings.Contains(problem.Text, " was renamed to "):
			d.Changed = append(d.Changed, within(problem, new)+problem.Text)
		}
	}
	c := &comparison{Problems: &ir.Problems{}, old: old, pkg: p, structs: append(p.Structs(), p.Foreign()...), renamed: map[string]string{}}
	matched := map[string]Struct{} // what each struct was, by its name now
	for _, pair := range c.match() {
		matched[c.name(pair.new)] = pair.old
	}
	for _, s := range new.Structs {
		d.structs(s, matched)
	}
	d.enums(c)
	d.retired()
	return d.Changes
}

// within names the struct or enum that a problem of a field or value is in.
func within(problem ir.Problem, l *Lock) string {
	if problem.Pos.File != "" {
		return "" // a line of the old file
	}
	for _, s := range l.Structs {
		for _, f := range s.Fields {
			if f.Line == problem.Pos.Line && f.Line > 0 {
				return s.Name + ": "
			}
		}
	}
	return ""
}

// differ is one run of Diff.
type differ struct {
	*Changes
	old, new *Lock
}

func (s *Struct) title() string {
	if s.Message {
		return fmt.Sprintf("message %s (%s, %s)", s.Name, typeID(s.ID), s.Direction)
	}
	return "struct " + s.Name
}

// structs tells of a struct that is new, or has more than it had.
func (d *differ) structs(s Struct, matched map[string]Struct) {
	old, ok := matched[s.Name]
	switch {
	case !ok && s.foreign():
		return // it is news of its own package
	case !ok:
		d.Added = append(d.Added, s.title())
		return
	case !old.Message && s.Message:
		d.Added = append(d.Added, fmt.Sprintf("type id %s of %s, %s", typeID(s.ID), s.Name, s.Direction))
	case old.Direction != s.Direction && old.Direction&^s.Direction == 0:
		d.Changed = append(d.Changed, fmt.Sprintf("%s flows %s, before %s", s.Name, s.Direction, old.Direction))
	}
	for i, f := range s.Fields {
		switch {
		case i < len(old.Fields):
			d.field(s.Name, old.Fields[i], f)
		case f.Gen > old.generations() && !s.Frozen:
			d.Added = append(d.Added, fmt.Sprintf("field %s.%s, %s, in generation %d", s.Name, f.Name, described(f), f.Gen))
		}
	}
}

// described is the kind of a field with its limit.
func described(f Field) string {
	switch {
	case f.Elem > 0:
		return fmt.Sprintf("%s of at most %d elements of at most %d bytes", f.Kind, f.Max, f.Elem)
	case f.Max > 0 && strings.HasPrefix(f.Kind, "[]"):
		return fmt.Sprintf("%s of at most %d elements", f.Kind, f.Max)
	case f.Max > 0:
		return fmt.Sprintf("%s of at most %d bytes", f.Kind, f.Max)
	}
	return f.Kind
}

// field tells what became of a field that is where it was.
func (d *differ) field(owner string, old, now Field) {
	if old.Name != "_" && now.Name == "_" {
		d.Retired = append(d.Retired, fmt.Sprintf("field %s.%s, %s", owner, old.Name, old.Kind))
	}
	limits := []struct {
		what     string
		was, now int
	}{{"at most", old.Max, now.Max}, {"elements of at most", old.Elem, now.Elem}}
	for _, l := range limits {
		if l.was > 0 && l.now > l.was {
			d.Changed = append(d.Changed, fmt.Sprintf("%s.%s takes %s %d, before %d", owner, now.Name, l.what, l.now, l.was))
		}
	}
	if was, is := held(old.Kind), held(now.Kind); base(old.Kind) == base(now.Kind) && was != is && strings.Contains(base(now.Kind), "bytes") && was == "" {
		d.Changed = append(d.Changed, fmt.Sprintf("%s.%s is known to hold %s", owner, now.Name, is))
	}
}

// enums tells of enums and values that are new.
func (d *differ) enums(c *comparison) {
	was := map[string]Enum{} // by the name now
	for _, old := range d.old.Enums {
		if e := c.findEnum(old); e != nil {
			was[e.Name] = old
		}
	}
	for _, e := range d.new.Enums {
		old, ok := was[e.Name]
		if !ok {
			d.Added = append(d.Added, "enum "+e.Name)
			continue
		}
		for _, v := range e.Values {
			known := func(o Value) bool { return o.Number == v.Number || o.Name == v.Name }
			if !slices.ContainsFunc(old.Values, known) {
				d.Added = append(d.Added, fmt.Sprintf("value %s = %s of %s", v.Name, v.Number, e.Name))
			}
		}
	}
}

// retired tells of what was given up, and of what was forgotten to be.
func (d *differ) retired() {
	for _, r := range d.new.Retired {
		if slices.ContainsFunc(d.old.Retired, func(o Retired) bool { return o.Name == r.Name }) {
			continue
		}
		what := r.Name
		for _, s := range d.old.Structs {
			if s.tombstone() == r.Name {
				what = s.title()
			}
		}
		if slices.ContainsFunc(d.old.Enums, func(e Enum) bool { return e.Name == r.Name }) {
			what = "enum " + r.Name
		}
		d.Retired = append(d.Retired, what)
	}
	for _, o := range d.old.Retired {
		if !slices.ContainsFunc(d.new.Retired, func(r Retired) bool { return r.Name == o.Name }) {
			d.Breaking = append(d.Breaking, o.Name+" was retired and may be used again")
		}
	}
}
