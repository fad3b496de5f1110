package lock

import (
	"path"
	"strings"

	"github.com/sim-im/sim/codegen/ir"
)

// local is the path of the package whose lock file it is.
const local = "."

// pkg returns the definitions that a lock file was made of, as far as it says.
// Places are lines of the file.
func (l *Lock) pkg() *ir.Package {
	known := map[string]*ir.Struct{}
	for _, s := range l.Structs {
		owner, name := split(s.Name)
		known[s.Name] = &ir.Struct{
			Package: owner, Name: name, Message: s.Message, ID: s.ID, Direction: s.Direction, Frozen: s.Frozen, Pos: ir.Pos{Line: s.Line, Col: 1},
		}
	}
	f := &ir.File{}
	for _, s := range l.Structs {
		to := known[s.Name]
		for _, field := range s.Fields {
			to.Fields = append(to.Fields, field.ir(known))
		}
		if !s.foreign() {
			f.Structs = append(f.Structs, to)
		}
	}
	for _, e := range l.Enums {
		to := &ir.Enum{Package: local, Name: e.Name, Kind: e.Kind, Pos: ir.Pos{Line: e.Line, Col: 1}}
		for _, v := range e.Values {
			to.Values = append(to.Values, ir.EnumValue{Name: v.Name, Value: v.Number, Pos: to.Pos})
		}
		f.Enums = append(f.Enums, to)
	}
	p := &ir.Package{Path: local, Files: []*ir.File{f}}
	for _, r := range l.Retired {
		p.Retired = append(p.Retired, ir.Retired{Name: r.Name, Pos: ir.Pos{Line: r.Line, Col: 1}})
	}
	return p
}

// split returns the package and the name of "msgdef.Entry" or "Entry".
func split(name string) (owner, short string) {
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		return path.Base(name[:i]), name[i+1:]
	}
	return local, name
}

func (f Field) ir(known map[string]*ir.Struct) *ir.Field {
	t, _ := parseKind(f.Kind)
	inner := t
	if t.Elem != nil {
		inner = t.Elem
	}
	if s := inner.Struct; s != nil {
		inner.Struct = resolve(s.Name, known)
	}
	if s := inner.Holds; s != nil {
		inner.Holds = resolve(s.Name, known)
	}
	if e := inner.Enum; e != nil {
		e.Package, e.Name = split(e.Name)
	}
	return &ir.Field{Name: f.Name, Pos: ir.Pos{Line: f.Line, Col: 1}, Type: t, Max: f.Max, Elem: f.Elem, Gen: f.Gen, Reserved: f.Name == "_"}
}

// resolve returns the struct of a name. One of another package that the file
// says nothing of, as older files do not, has no fields.
func resolve(name string, known map[string]*ir.Struct) *ir.Struct {
	if s := known[name]; s != nil {
		return s
	}
	owner, short := split(name)
	return &ir.Struct{Package: owner, Name: short}
}
