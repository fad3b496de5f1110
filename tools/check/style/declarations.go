package style

import (
	"go/ast"
	"go/token"
)

// source is one parsed file.
type source struct {
	name  string
	files *token.FileSet
	ast   *ast.File
}

func (s source) line(p token.Pos) int { return s.files.Position(p).Line }

// declarations measures functions and looks for missing documentation.
func (m *measure) declarations(s source) {
	for _, decl := range s.ast.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			m.function(s, d)
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				m.spec(s, d, spec)
			}
		}
	}
}

func (m *measure) function(s source, f *ast.FuncDecl) {
	length := s.line(f.End()) - s.line(f.Pos()) + 1
	m.report.Functions = append(m.report.Functions, length)
	if length > funcMost {
		m.fault(s.name, s.line(f.Pos()), "%s has %d lines, at most %d", f.Name.Name, length, funcMost)
	}
	if f.Name.Name == "init" && f.Recv == nil {
		m.fault(s.name, s.line(f.Pos()), "init hides what happens at start")
	}
	if m.wanted(s, f.Name) && exportedReceiver(f) && f.Doc == nil {
		m.fault(s.name, s.line(f.Pos()), "%s is exported without documentation", f.Name.Name)
	}
}

// spec checks a type, or a group of constants or variables, whose common
// comment may stand above the group.
func (m *measure) spec(s source, group *ast.GenDecl, spec ast.Spec) {
	switch v := spec.(type) {
	case *ast.TypeSpec:
		m.methods(s, v)
		if m.wanted(s, v.Name) && group.Doc == nil && v.Doc == nil {
			m.fault(s.name, s.line(v.Pos()), "%s is exported without documentation", v.Name.Name)
		}
	case *ast.ValueSpec:
		documented := group.Doc != nil || v.Doc != nil || v.Comment != nil
		for _, name := range v.Names {
			if m.wanted(s, name) && !documented {
				m.fault(s.name, s.line(name.Pos()), "%s is exported without documentation", name.Name)
			}
		}
	}
}

func (m *measure) methods(s source, t *ast.TypeSpec) {
	contract, ok := t.Type.(*ast.InterfaceType)
	if !ok {
		return
	}
	n := 0
	for _, field := range contract.Methods.List {
		n += len(field.Names) // embedded interfaces have none
	}
	if n > interfaceMost {
		m.fault(s.name, s.line(t.Pos()), "%s has %d methods, at most %d", t.Name.Name, n, interfaceMost)
	}
}

// wanted reports whether a name needs documentation: commands export nothing.
func (m *measure) wanted(s source, name *ast.Ident) bool {
	return name.IsExported() && s.ast.Name.Name != "main"
}

// exportedReceiver reports whether a function is reachable by its name: a
// method of an unexported type is documented by the interface it serves.
func exportedReceiver(f *ast.FuncDecl) bool {
	if f.Recv == nil || len(f.Recv.List) == 0 {
		return true
	}
	t := f.Recv.List[0].Type
	for {
		switch v := t.(type) {
		case *ast.StarExpr:
			t = v.X
		case *ast.IndexExpr:
			t = v.X
		case *ast.IndexListExpr:
			t = v.X
		case *ast.Ident:
			return v.IsExported()
		default:
			return true
		}
	}
}
