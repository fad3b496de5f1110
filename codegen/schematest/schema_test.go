package schematest

import (
	"fmt"
	"slices"
	"strings"
)

// schema is a package of definitions that can be edited and written as source.
type schema struct {
	emits   []string // "json"
	structs []*definition
	enums   []*enum
	retired []string
}

// definition is a struct.
type definition struct {
	name      string
	id        int // of a message, else 0
	direction string
	frozen    bool
	fields    []*field
	gone      []string // names of fields that were retired
}

// field is a field; kind is written as in Go, "[]Name" for example.
type field struct {
	name, kind     string
	max, elem, gen int
	holds          string
	secret         bool
}

// enum is a named integer.
type enum struct {
	name, kind string
	values     []value
}

// value is a constant.
type value struct{ name, number string }

// clone returns a copy that shares nothing.
func (s *schema) clone() *schema {
	c := &schema{emits: s.emits, retired: slices.Clone(s.retired)}
	for _, d := range s.structs {
		c.structs = append(c.structs, d.clone())
	}
	for _, e := range s.enums {
		copied := *e
		copied.values = slices.Clone(e.values)
		c.enums = append(c.enums, &copied)
	}
	return c
}

func (d *definition) clone() *definition {
	c := *d
	c.fields, c.gone = nil, slices.Clone(d.gone)
	for _, f := range d.fields {
		copied := *f
		c.fields = append(c.fields, &copied)
	}
	return &c
}

// generations returns the last generation of d, at least 1.
func (d *definition) generations() int {
	last := 1
	for _, f := range d.fields {
		last = max(last, f.gen)
	}
	return last
}

// source writes s as the Go package name.
func (s *schema) source(name string) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "// Package %s is random.\npackage %s\n\n", name, name)
	for _, e := range s.emits {
		fmt.Fprintf(&b, "//msgdef:emit %s\n", strings.ReplaceAll(e, "NAME", name))
	}
	for _, r := range s.retired {
		fmt.Fprintf(&b, "//msgdef:retired %s\n", r)
	}
	for _, e := range s.enums {
		fmt.Fprintf(&b, "\n// %s is an enum.\ntype %s %s\n\nconst (\n", e.name, e.name, e.kind)
		for _, v := range e.values {
			fmt.Fprintf(&b, "\t%s %s = %s\n", v.name, e.name, v.number)
		}
		b.WriteString(")\n")
	}
	for _, d := range s.structs {
		fmt.Fprintf(&b, "\n// %s is a struct.\n//\n%s\ntype %s struct {\n", d.name, d.directive(), d.name)
		for _, f := range d.fields {
			fmt.Fprintf(&b, "\t%s %s%s\n", f.name, f.kind, f.tag())
		}
		b.WriteString("}\n")
	}
	return []byte(b.String())
}

func (d *definition) directive() string {
	switch {
	case d.id > 0:
		return fmt.Sprintf("//msgdef:type %#04x %s", d.id, d.direction)
	case d.frozen:
		return "//msgdef:frozen"
	}
	return "//msgdef:struct"
}

func (f *field) tag() string {
	var list []string
	add := func(key string, n, least int) {
		if n > least {
			list = append(list, fmt.Sprintf("%s:\"%d\"", key, n))
		}
	}
	add("max", f.max, 0)
	add("elem", f.elem, 0)
	add("gen", f.gen, 1)
	if f.holds != "" {
		list = append(list, fmt.Sprintf("holds:%q", f.holds))
	}
	if f.secret {
		list = append(list, `secret:"true"`)
	}
	if len(list) == 0 {
		return ""
	}
	return " `" + strings.Join(list, " ") + "`"
}
