package layout

import (
	"fmt"
	"strconv"
	"strings"
)

// Parse reads the text of a msgdef.lock. It returns an error that names the
// line which is not understood.
func Parse(lock string) (*Set, error) {
	s := &Set{Structs: make(map[string]*Struct)}
	p := parser{set: s}
	for pass := range 2 { // fields name structs that come later
		p.pass, p.at = pass, nil
		for n, line := range strings.Split(lock, "\n") {
			if err := p.line(line); err != nil {
				return nil, fmt.Errorf("layout: line %d: %q: %w", n+1, line, err)
			}
		}
	}
	return s, nil
}

// parser reads a lock twice: names of structs first, then their fields.
type parser struct {
	set  *Set
	pass int
	at   *Struct // whose fields follow; nil inside an enum
}

func (p *parser) line(line string) error {
	words := strings.Fields(line)
	switch {
	case len(words) < 2 || strings.HasPrefix(line, "#"):
		return nil
	case line[0] == '\t' && p.at == nil:
		return nil // a value of an enum
	case line[0] == '\t' && p.pass == 0:
		return nil
	case line[0] == '\t':
		return p.field(words)
	case words[0] == "type" && len(words) > 2:
		id, err := strconv.ParseUint(words[1], 0, 16)
		p.open(words[2], uint16(id), words[3:])
		return err
	case words[0] == "struct":
		p.open(words[1], 0, words[2:])
	case words[0] == "enum":
		p.at = nil
	}
	return nil
}

func (p *parser) open(name string, id uint16, marks []string) {
	if p.pass == 0 {
		frozen := len(marks) > 0 && marks[len(marks)-1] == "frozen"
		p.set.Names = append(p.set.Names, name)
		p.set.Structs[name] = &Struct{Name: name, ID: id, Frozen: frozen}
	}
	p.at = p.set.Structs[name]
}

// field reads "generation name type max elem".
func (p *parser) field(words []string) error {
	if last := len(words) - 1; strings.HasPrefix(words[last], "was:") {
		words = words[:last] // the name of a field that was given up
	}
	if len(words) < 3 {
		return strconv.ErrSyntax
	}
	numbers := [3]int{}
	for i, word := range append([]string{words[0]}, words[3:]...) {
		n, err := strconv.Atoi(word)
		if err != nil || i > 2 {
			return strconv.ErrSyntax
		}
		numbers[i] = n
	}
	t, err := p.kind(words[2])
	p.at.Fields = append(p.at.Fields, Field{words[1], numbers[0], t, numbers[1], numbers[2]})
	return err
}

// kind reads a type such as uint8(Level), [5]byte or []Point.
func (p *parser) kind(word string) (Type, error) {
	if of, ok := strings.CutPrefix(word, "[]"); ok {
		elem, err := p.kind(of)
		return Type{Kind: List, Of: &elem}, err
	}
	if size, ok := strings.CutPrefix(word, "["); ok {
		n, err := strconv.Atoi(strings.TrimSuffix(size, "]byte"))
		return Type{Kind: Array, Size: n}, err
	}
	word, _, _ = strings.Cut(word, "(") // an enum's name, or what bytes hold
	if s := p.set.Structs[word]; s != nil {
		return Type{Kind: Nested, Struct: s}, nil
	}
	t, ok := map[string]Type{
		"bool": {Kind: Bool, Size: 1}, "string": {Kind: String}, "bytes": {Kind: Bytes},
		"int8": {Kind: Number, Size: 1}, "int16": {Kind: Number, Size: 2}, "int32": {Kind: Number, Size: 4}, "int64": {Kind: Number, Size: 8},
		"uint8": {Kind: Number, Size: 1}, "uint16": {Kind: Number, Size: 2}, "uint32": {Kind: Number, Size: 4}, "uint64": {Kind: Number, Size: 8},
		"float32": {Kind: Float, Size: 4}, "float64": {Kind: Float, Size: 8},
	}[word]
	if !ok {
		return t, fmt.Errorf("unknown kind %s", word)
	}
	return t, nil
}
