package lock

import (
	"cmp"
	"slices"
	"strings"

	"github.com/sim-im/sim/codegen/ir"
)

// Lock is a released layout.
type Lock struct {
	Structs []Struct
	Enums   []Enum
	Retired []Retired // not to be used again
}

// Struct is the layout of a struct. One of another package, "msgdef.ReadMark",
// is kept because it lies inside those of this one.
type Struct struct {
	Name      string
	Message   bool
	ID        uint16 // of a message
	Direction ir.Direction
	Frozen    bool
	Fields    []Field
	Line      int // in the file; 0 when made by Of
}

// Field is the layout of a field.
type Field struct {
	Gen  int
	Name string
	Kind string // as ir.Type.In writes it
	Max  int    // 0 when absent
	Elem int    // 0 when absent
	Was  string // last name of a reserved field, or empty when nobody knows it
	Line int    // in the file; 0 when made by Of
}

// Enum lists the values of a named integer.
type Enum struct {
	Name   string
	Kind   string
	Values []Value
	Line   int
}

// Value is a constant of an enum.
type Value struct {
	Number string
	Name   string
}

// Retired is a type id ("0x0107") or the name of a struct or enum.
type Retired struct {
	Name string
	Line int
}

// Of returns the layout of p. Retired names of old are kept, also of fields: an
// id that was ever used never comes back.
func Of(p *ir.Package, old *Lock) *Lock {
	l := &Lock{Retired: slices.Clone(old.Retired)}
	was := ancestors(p, old)
	for _, s := range append(p.Structs(), p.Foreign()...) {
		layout := structOf(p, s)
		layout.remember(was[s])
		l.Structs = append(l.Structs, layout)
	}
	for _, e := range p.Enums() {
		l.Enums = append(l.Enums, enumOf(e))
	}
	for _, r := range p.Retired {
		l.Retired = append(l.Retired, Retired{Name: r.Name})
	}
	l.sort()
	return l
}

func structOf(p *ir.Package, s *ir.Struct) Struct {
	out := Struct{Name: s.In(p.Path), Frozen: s.Frozen}
	if s.Package == p.Path {
		out.Message, out.ID, out.Direction = s.Message, s.ID, s.Direction
	}
	for _, f := range s.Fields {
		out.Fields = append(out.Fields, Field{Gen: f.Gen, Name: f.Name, Kind: f.Type.In(p.Path), Max: f.Max, Elem: f.Elem})
	}
	return out
}

func enumOf(e *ir.Enum) Enum {
	out := Enum{Name: e.Name, Kind: e.Kind}
	for _, v := range e.Values {
		out.Values = append(out.Values, Value{v.Value, v.Name})
	}
	return out
}

// sort orders messages by id, then structs, enums and retired names by name.
func (l *Lock) sort() {
	slices.SortFunc(l.Structs, func(a, b Struct) int {
		if a.Message != b.Message {
			if a.Message {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.ID, b.ID), strings.Compare(a.Name, b.Name))
	})
	slices.SortFunc(l.Enums, func(a, b Enum) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(l.Retired, func(a, b Retired) int { return strings.Compare(a.Name, b.Name) })
	l.Retired = slices.CompactFunc(l.Retired, func(a, b Retired) bool { return a.Name == b.Name })
}

// generations returns the highest generation of released fields, at least 1.
func (s *Struct) generations() int {
	last := 1
	for _, f := range s.Fields {
		last = max(last, f.Gen)
	}
	return last
}
