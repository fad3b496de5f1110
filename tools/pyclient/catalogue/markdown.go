package catalogue

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Markdown returns the catalogue as text of a page: an index, then a table for
// every struct and every enum.
func (c *Catalogue) Markdown() string {
	var b strings.Builder
	c.index(&b)
	for _, f := range c.Files {
		fmt.Fprintf(&b, "\n### %s.go\n", f.Name)
		for _, s := range f.Structs {
			c.structure(&b, s)
		}
	}
	b.WriteString("\n### Enums\n")
	for _, name := range slices.Sorted(maps.Keys(c.Enums)) {
		enum(&b, c.Enums[name])
	}
	return b.String()
}

func (c *Catalogue) index(b *strings.Builder) {
	var messages []Struct
	for _, f := range c.Files {
		for _, s := range f.Structs {
			if s.ID != "" {
				messages = append(messages, s)
			}
		}
	}
	slices.SortFunc(messages, func(a, b Struct) int { return cmp.Compare(a.ID, b.ID) })
	b.WriteString("Up is client to gate. Who is not answered has no direct answer; any may be answered by Error.\n\n")
	b.WriteString("| Type | Message | Direction | Answered by |\n| --- | --- | --- | --- |\n")
	for _, s := range messages {
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", s.ID, s.Name, s.Direction, s.Reply)
	}
}

func (c *Catalogue) structure(b *strings.Builder, s Struct) {
	title := "part of others"
	if s.ID != "" {
		title = s.ID + ", " + s.Direction
	}
	if s.Frozen {
		title += ", frozen"
	}
	fmt.Fprintf(b, "\n**%s** (%s). %s\n\n", s.Name, title, s.Doc)
	if len(s.Fields) == 0 {
		b.WriteString("No fields.\n")
		return
	}
	b.WriteString("| Field | Kind | At most | |\n| --- | --- | --- | --- |\n")
	for _, f := range s.Fields {
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", f.Name, c.kind(f.Type), f.limit(), f.note())
	}
}

// kind names a type as section 8 of the page does.
func (c *Catalogue) kind(t string) string {
	plain := map[string]string{
		"bool": "bool", "string": "string", "[]byte": "bytes", "float32": "f32", "float64": "f64",
		"uint8": "u8", "uint16": "u16", "uint32": "u32", "uint64": "u64",
		"int8": "i8", "int16": "i16", "int32": "i32", "int64": "i64",
	}
	if k, ok := plain[t]; ok {
		return k
	}
	if e, ok := c.Enums[t]; ok {
		return c.kind(e.Base) + " " + t
	}
	if elem, ok := strings.CutPrefix(t, "[]"); ok {
		return "list of " + c.kind(elem)
	}
	return t
}

func (f Field) limit() string {
	if f.Elem != "" {
		return f.Max + ", each " + f.Elem
	}
	return f.Max
}

func (f Field) note() string {
	doc := strings.ReplaceAll(f.Doc, "|", `\|`)
	if f.Gen != "" && f.Gen != "1" {
		return strings.TrimSpace("generation " + f.Gen + "; " + doc)
	}
	return doc
}

func enum(b *strings.Builder, e Enum) {
	if len(e.Values) == 0 {
		return
	}
	fmt.Fprintf(b, "\n**%s**. %s\n\n| Value | Name | |\n| --- | --- | --- |\n", e.Name, e.Doc)
	for _, v := range e.Values {
		fmt.Fprintf(b, "| %s | %s | %s |\n", v.Value, v.Name, strings.ReplaceAll(v.Doc, "|", `\|`))
	}
}
