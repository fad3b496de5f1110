package typescript

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// source is the text of a module behind its imports.
type source struct {
	text  strings.Builder
	depth int
	uses  map[string]map[string]bool // names by the module they come from
}

// line adds an indented line.
func (s *source) line(format string, args ...any) {
	if format != "" {
		s.text.WriteString(strings.Repeat("  ", s.depth))
		fmt.Fprintf(&s.text, format, args...)
	}
	s.text.WriteByte('\n')
}

// block adds a line that opens a block, the lines of body and a line that
// begins with end.
func (s *source) block(head, end string, body func()) {
	s.line("%s", head)
	s.depth++
	body()
	s.depth--
	s.line("%s", end)
}

// use imports a name of a module, with "type " before it when it is only a
// type, and returns the name.
func (s *source) use(module, name string) string {
	if s.uses == nil {
		s.uses = map[string]map[string]bool{}
	}
	if s.uses[module] == nil {
		s.uses[module] = map[string]bool{}
	}
	s.uses[module][name] = true
	return strings.TrimPrefix(name, "type ")
}

// imports returns the lines of the imports.
func (s *source) imports() string {
	var text strings.Builder
	for _, module := range slices.Sorted(maps.Keys(s.uses)) {
		if module == jsonModule {
			fmt.Fprintf(&text, "import * as json from \"./%s.js\";\n", module)
			continue
		}
		fmt.Fprintf(&text, "import { %s } from \"./%s.js\";\n", strings.Join(slices.Sorted(maps.Keys(s.uses[module])), ", "), module)
	}
	if text.Len() > 0 {
		text.WriteByte('\n')
	}
	return text.String()
}
