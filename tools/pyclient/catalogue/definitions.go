package catalogue

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Catalogue is what a folder of definitions holds, in the order of the source.
type Catalogue struct {
	Files []File
	Enums map[string]Enum // by the name of the type
}

// File is one source file with definitions.
type File struct {
	Name    string // without .go
	Structs []Struct
}

// Struct is a message, or a part of messages.
type Struct struct {
	Name, Doc string
	ID        string // 0x0101; empty for a part
	Direction string // up, down or both
	Reply     string // the message that answers, or empty
	Frozen    bool
	Fields    []Field
}

// Field is a field of a Struct.
type Field struct {
	Name, Doc string
	Type      string // as Go writes it
	Max, Elem string // limits, or empty
	Gen       string // generation, or empty for 1
}

// Enum is a named integer with the values known today.
type Enum struct {
	Name, Doc, Base string
	Values          []Value
}

// Value is a value of an Enum.
type Value struct{ Name, Value, Doc string }

// Read parses the Go files of a folder, generated ones and tests excepted.
func Read(folder fs.FS) (*Catalogue, error) {
	names, err := fs.Glob(folder, "*.go")
	if err != nil {
		return nil, err
	}
	c := &Catalogue{Enums: make(map[string]Enum)}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, "_gen.go") {
			continue
		}
		text, err := fs.ReadFile(folder, name)
		if err != nil {
			return nil, err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments)
		if err != nil {
			return nil, fmt.Errorf("catalogue: %w", err)
		}
		c.file(strings.TrimSuffix(filepath.Base(name), ".go"), parsed)
	}
	slices.SortStableFunc(c.Files, func(a, b File) int { return cmp.Compare(a.lowest(), b.lowest()) })
	return c, nil
}

// lowest returns the lowest type id of a file.
func (f File) lowest() string {
	ids := []string{"0xffff"}
	for _, s := range f.Structs {
		if s.ID != "" {
			ids = append(ids, s.ID)
		}
	}
	return slices.Min(ids)
}

func (c *Catalogue) file(name string, parsed *ast.File) {
	file := File{Name: name}
	for _, decl := range parsed.Decls {
		group, ok := decl.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range group.Specs {
			switch v := spec.(type) {
			case *ast.TypeSpec:
				if s, ok := structOf(group.Doc, v); ok {
					file.Structs = append(file.Structs, s)
				}
				if base, ok := v.Type.(*ast.Ident); ok {
					e := c.Enums[v.Name.Name]
					e.Name, e.Base, e.Doc = v.Name.Name, base.Name, text(group.Doc)
					c.Enums[e.Name] = e
				}
			case *ast.ValueSpec:
				c.value(v)
			}
		}
	}
	if len(file.Structs) > 0 {
		c.Files = append(c.Files, file)
	}
}

// value notes a constant of an enum. Definitions give every value by number.
func (c *Catalogue) value(v *ast.ValueSpec) {
	of, ok := v.Type.(*ast.Ident)
	if !ok || len(v.Values) != 1 {
		return
	}
	number, ok := v.Values[0].(*ast.BasicLit)
	if !ok {
		return
	}
	e := c.Enums[of.Name]
	e.Values = append(e.Values, Value{v.Names[0].Name, number.Value, text(v.Comment)})
	c.Enums[of.Name] = e
}

// structOf returns the definition of a struct that has a directive.
func structOf(doc *ast.CommentGroup, spec *ast.TypeSpec) (s Struct, ok bool) {
	body, ok := spec.Type.(*ast.StructType)
	if !ok || doc == nil {
		return s, false
	}
	s.Name, s.Doc = spec.Name.Name, text(doc)
	ok = false
	for _, line := range doc.List {
		words := strings.Fields(strings.TrimPrefix(line.Text, "//msgdef:"))
		if !strings.HasPrefix(line.Text, "//msgdef:") || len(words) == 0 {
			continue
		}
		ok = true
		switch words[0] {
		case "type":
			s.ID, s.Direction = words[1], words[2]
			if len(words) > 3 {
				s.Reply = strings.TrimPrefix(words[3], "reply=")
			}
		case "frozen":
			s.Frozen = true
		}
	}
	for _, f := range body.Fields.List {
		s.Fields = append(s.Fields, fieldOf(f))
	}
	return s, ok
}

func fieldOf(f *ast.Field) Field {
	field := Field{Name: f.Names[0].Name, Type: goType(f.Type), Doc: text(f.Comment)}
	if f.Tag != nil {
		quoted, err := strconv.Unquote(f.Tag.Value)
		if err == nil {
			tag := reflect.StructTag(quoted)
			field.Max, field.Elem, field.Gen = tag.Get("max"), tag.Get("elem"), tag.Get("gen")
		}
	}
	return field
}

// goType writes the types that definitions use.
func goType(e ast.Expr) string {
	switch t := e.(type) {
	case *ast.Ident:
		return t.Name
	case *ast.ArrayType:
		if size, ok := t.Len.(*ast.BasicLit); ok {
			return "[" + size.Value + "]" + goType(t.Elt)
		}
		return "[]" + goType(t.Elt)
	}
	return fmt.Sprintf("%T", e)
}

// text returns a comment on one line.
func text(c *ast.CommentGroup) string { return strings.Join(strings.Fields(c.Text()), " ") }
