package java

import (
	"fmt"
	"slices"
	"strings"
)

// source is the text of a Java file behind its imports.
type source struct {
	text  strings.Builder
	depth int
	uses  []string // names that are imported, in any order, maybe several times
}

// line adds an indented line.
func (s *source) line(format string, args ...any) {
	if format != "" {
		s.text.WriteString(strings.Repeat("    ", s.depth))
		fmt.Fprintf(&s.text, format, args...)
	}
	s.text.WriteByte('\n')
}

// open adds a line that begins a block, close the one that ends it.
func (s *source) open(format string, args ...any) {
	s.line(format+" {", args...)
	s.depth++
}

func (s *source) close() {
	s.depth--
	s.line("}")
}

// block adds the lines of a block.
func (s *source) block(head string, body func()) {
	s.open("%s", head)
	body()
	s.close()
}

// scope adds lines that declare variables, where others might declare the same.
func (s *source) scope(body func()) {
	s.line("{")
	s.depth++
	body()
	s.close()
}

// inPlace adds lines whose variables are alone already.
func inPlace(body func()) { body() }

// use imports a class and returns its simple name.
func (s *source) use(name string) string {
	s.uses = append(s.uses, name)
	return name[strings.LastIndexByte(name, '.')+1:]
}

// imports returns the lines of the imports.
func (s *source) imports() string {
	var text strings.Builder
	slices.Sort(s.uses)
	for _, name := range slices.Compact(s.uses) {
		text.WriteString("import " + name + ";\n")
	}
	if text.Len() > 0 {
		text.WriteByte('\n')
	}
	return text.String()
}
