package ir

import "slices"

// In returns the name of s as package pkg writes it: "User", or "msgdef.User"
// for a struct of another package.
func (s *Struct) In(pkg string) string { return qualified(pkg, s.Package, s.Name) }

// Foreign returns the structs of other packages that those of p contain, at any
// depth, each once and in the order of their first use. What a tag holds does
// not count: its bytes are opaque here.
func (p *Package) Foreign() []*Struct {
	var found []*Struct
	var visit func(t *Type)
	visit = func(t *Type) {
		if t.Kind == List {
			visit(t.Elem)
		}
		if t.Kind != Nested || t.Struct.Package == p.Path || slices.Contains(found, t.Struct) {
			return
		}
		found = append(found, t.Struct)
		for _, f := range t.Struct.Fields {
			visit(f.Type)
		}
	}
	for _, s := range p.Structs() {
		for _, f := range s.Fields {
			visit(f.Type)
		}
	}
	return found
}
