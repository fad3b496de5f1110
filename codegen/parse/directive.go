package parse

import (
	"go/ast"
	"slices"
	"strconv"
	"strings"

	"github.com/sim-im/sim/codegen/ir"
)

const prefix = "//msgdef:"

const directiveFix = `write "//msgdef:type 0x0101 up", "//msgdef:struct" or "//msgdef:frozen"`

// declare creates the struct of every declaration of src that has a directive,
// still without fields.
func (c *converter) declare(src *source) {
	for _, f := range src.files {
		for _, d := range typeSpecs(f.ast) {
			s := c.directives(d)
			if s == nil {
				continue
			}
			if _, ok := d.spec.Type.(*ast.StructType); !ok || d.spec.TypeParams != nil || d.spec.Assign.IsValid() {
				c.problems.Add(c.pos(d.spec.Pos()), "put the directive above a plain struct", "%s is not a struct type", d.spec.Name.Name)
				continue
			}
			obj := object(src, d)
			if obj == nil {
				c.problems.Add(s.Pos, "rename one of them", "%s is declared twice", s.Name)
				continue
			}
			s.Package = src.path
			c.structs[obj] = s
		}
	}
}

// directives reads the directives above a declaration; nil when there are none.
func (c *converter) directives(d declaration) *ir.Struct {
	if d.doc == nil {
		return nil
	}
	var s *ir.Struct
	for _, line := range d.doc.List {
		text, ok := strings.CutPrefix(line.Text, prefix)
		if !ok || standsAnywhere(text) {
			continue
		}
		if s == nil {
			s = &ir.Struct{Name: d.spec.Name.Name, Doc: d.doc.Text(), Pos: c.pos(d.spec.Name.Pos())}
		}
		c.directive(s, text, c.pos(line.Pos()))
	}
	return s
}

// directed tells whether a declaration has directives above it.
func directed(d declaration) bool {
	if d.doc == nil {
		return false
	}
	return slices.ContainsFunc(d.doc.List, func(line *ast.Comment) bool {
		text, ok := strings.CutPrefix(line.Text, prefix)
		return ok && !standsAnywhere(text)
	})
}

func (c *converter) directive(s *ir.Struct, text string, pos ir.Pos) {
	words := strings.Fields(text)
	if len(words) == 0 {
		words = []string{""}
	}
	switch {
	case words[0] == "struct" && len(words) == 1:
	case words[0] == "frozen" && len(words) == 1:
		s.Frozen = true
	case words[0] == "type" && len(words) >= 3:
		c.typeDirective(s, words[1:], pos)
	default:
		c.problems.Add(pos, directiveFix, "directive %q is not understood", prefix+text)
	}
}

// typeDirective reads "0x0101 up reply=SendAck".
func (c *converter) typeDirective(s *ir.Struct, words []string, pos ir.Pos) {
	if s.Message {
		c.problems.Add(pos, "keep one of them", "%s has two type ids", s.Name)
	}
	s.Message = true
	id, err := strconv.ParseUint(words[0], 0, 16)
	if err != nil || id == 0 {
		c.problems.Add(pos, "choose a free number from 0x0001 to 0xffff", "%q is not a type id", words[0])
	}
	s.ID = uint16(id)
	directions := map[string]ir.Direction{"up": ir.Up, "down": ir.Down, "both": ir.Both}
	if s.Direction = directions[words[1]]; s.Direction == 0 {
		c.problems.Add(pos, "write up (client to server), down or both", "%q is not a direction", words[1])
	}
	for _, w := range words[2:] {
		reply, ok := strings.CutPrefix(w, "reply=")
		if !ok || reply == "" || s.Reply != "" {
			c.problems.Add(pos, "only one reply=Name may follow the direction", "%q is not understood", w)
			continue
		}
		s.Reply = reply
	}
}
