package parse

import (
	"fmt"
	"go/ast"
	"go/token"
	"strconv"
	"strings"

	"github.com/sim-im/sim/codegen/ir"
)

// standsAnywhere tells whether a directive needs no declaration below it.
func standsAnywhere(text string) bool {
	word, _, _ := strings.Cut(text, " ")
	return word == "retired" || word == "emit"
}

// anywhere reads the directives of a file that belong to no declaration, and
// reports those that ought to.
func (c *converter) anywhere(pkg *ir.Package, f *ast.File) {
	above := map[token.Pos]bool{} // comments above a declaration
	for _, d := range typeSpecs(f) {
		if d.doc != nil {
			above[d.doc.Pos()] = true
		}
	}
	for _, group := range f.Comments {
		for _, line := range group.List {
			pos := c.pos(line.Pos())
			text, ok := strings.CutPrefix(line.Text, prefix)
			switch {
			case !ok && spaced(line.Text):
				c.problems.Add(pos, "write it without the space", "a directive has no space behind //")
			case !ok:
			case standsAnywhere(text):
				c.standing(pkg, strings.Fields(text), pos)
			case !above[group.Pos()]:
				c.problems.Add(pos, "put it right above the declaration of a struct, without an empty line", "directive %q belongs to nothing", prefix+text)
			}
		}
	}
}

// spaced tells whether a comment looks like a directive that gofmt would treat
// as text.
func spaced(comment string) bool {
	text, ok := strings.CutPrefix(comment, "// ")
	return ok && strings.HasPrefix(strings.TrimSpace(text), strings.TrimPrefix(prefix, "//"))
}

// standing reads "retired NAME" or "emit BACKEND key=value…".
func (c *converter) standing(pkg *ir.Package, words []string, pos ir.Pos) {
	switch {
	case words[0] == "retired" && len(words) == 2:
		pkg.Retired = append(pkg.Retired, ir.Retired{Name: tombstone(words[1]), Pos: pos})
	case words[0] == "retired":
		c.problems.Add(pos, `write "//msgdef:retired 0x0101", or the name of a struct or enum`, "//msgdef:retired names %d things", len(words)-1)
	case len(words) > 1:
		pkg.Emits = append(pkg.Emits, c.emit(words[1:], pos))
	default:
		c.problems.Add(pos, `write for example "//msgdef:emit json"`, "//msgdef:emit names no output")
	}
}

// tombstone returns a retired name as the lock file writes it.
func tombstone(name string) string {
	if id, err := strconv.ParseUint(name, 0, 16); err == nil {
		return fmt.Sprintf("0x%04x", id)
	}
	return name
}

func (c *converter) emit(words []string, pos ir.Pos) ir.Emit {
	e := ir.Emit{Backend: words[0], Options: map[string]string{}, Pos: pos}
	for _, w := range words[1:] {
		key, value, ok := strings.Cut(w, "=")
		if !ok || key == "" || value == "" {
			c.problems.Add(pos, "write key=value", "%q is not understood", w)
			continue
		}
		if _, twice := e.Options[key]; twice {
			c.problems.Add(pos, "keep one of them", "%s is given twice", key)
		}
		e.Options[key] = value
	}
	return e
}
