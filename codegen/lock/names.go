package lock

import "github.com/sim-im/sim/codegen/ir"

// ancestors returns what each struct of p was in old.
func ancestors(p *ir.Package, old *Lock) map[*ir.Struct]Struct {
	c := &comparison{
		Problems: &ir.Problems{}, old: old, pkg: p,
		structs: append(p.Structs(), p.Foreign()...), renamed: map[string]string{},
	}
	was := map[*ir.Struct]Struct{}
	for _, pair := range c.match() {
		was[pair.new] = pair.old
	}
	return was
}

// remember gives reserved fields the last names that they had in old.
func (s *Struct) remember(old Struct) {
	for i := range min(len(s.Fields), len(old.Fields)) {
		if s.Fields[i].Name == "_" {
			s.Fields[i].Was = old.Fields[i].last()
		}
	}
}

// last is the last name that f had, or empty.
func (f Field) last() string {
	if f.Name == "_" {
		return f.Was
	}
	return f.Name
}

// retired tells whether f has the name, as JSON spells it, of a field that is
// reserved now.
func (p pair) retired(f *ir.Field) bool {
	if f.Reserved {
		return false
	}
	for i, was := range p.old.Fields[:min(len(p.old.Fields), len(p.new.Fields))] {
		if p.new.Fields[i].Reserved && was.last() != "" && ir.CamelCase(was.last()) == ir.CamelCase(f.Name) {
			return true
		}
	}
	return false
}
