package lock

import "strings"

// verify reports entries that contradict one another: a file that was merged by
// line, or edited, and says two things at once.
func (p *parser) verify() {
	first := map[string]int{} // line of each name, id and tombstone
	claim := func(what string, line int) {
		if before := first[what]; before > 0 {
			p.fail(line, merge, "%s is in line %d already", what, before)
			return
		}
		first[what] = line
	}
	for _, s := range p.Structs {
		claim(s.Name, s.Line)
		if s.Message {
			claim(typeID(s.ID), s.Line)
		}
		p.verifyFields(s)
	}
	for _, e := range p.Enums {
		claim(e.Name, e.Line)
		names := map[string]bool{}
		for _, v := range e.Values {
			if names[v.Name] {
				p.fail(e.Line, merge, "%s has %s twice", e.Name, v.Name)
			}
			names[v.Name] = true
		}
	}
	for _, r := range p.Retired {
		if strings.HasPrefix(r.Name, "0x") {
			claim(r.Name, r.Line) // the name of a struct may be that of a message, later
		}
	}
}

// verifyFields reports fields with one name, generations that decrease, and
// structs that the file says nothing of.
func (p *parser) verifyFields(s Struct) {
	names, gen := map[string]bool{"_": false}, 1
	for _, f := range s.Fields {
		if names[f.Name] {
			p.fail(f.Line, merge, "%s has %s twice", s.Name, f.Name)
		}
		names[f.Name] = f.Name != "_"
		if f.Gen < gen {
			p.fail(f.Line, merge, "%s has generation %d after generation %d", f.Name, f.Gen, gen)
		}
		gen = max(gen, f.Gen)
		if inner := nested(f.Kind); inner != "" && !strings.Contains(inner, ".") && !p.describes(inner) {
			p.fail(f.Line, restore, "%s is %s, which the file does not describe", f.Name, inner)
		}
	}
}

// nested is the name of the struct of a kind, or empty.
func nested(kind string) string {
	t, _ := parseKind(kind)
	if t.Elem != nil {
		t = t.Elem
	}
	if t.Struct == nil {
		return ""
	}
	return t.Struct.Name
}

func (p *parser) describes(name string) bool {
	for _, s := range p.Structs {
		if s.Name == name {
			return true
		}
	}
	return false
}
