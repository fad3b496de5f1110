package typescript

import (
	"fmt"

	"github.com/sim-im/sim/codegen/ir"
)

// structure writes the interface of s and its codec.
func (g *generator) structure(s *ir.Struct) {
	name := structName(s)
	tsdoc(g.source, s.Doc, g.structFacts(s)...)
	g.block(fmt.Sprintf("export interface %s {", name), "}", func() {
		for _, f := range s.Visible() {
			tsdoc(g.source, f.Doc, facts(f)...)
			g.line("%s: %s;", fieldName(f), g.typeName(f.Type))
		}
	})
	g.line("")
	tsdoc(g.source, "", fmt.Sprintf("Makes, encodes and decodes values of %s.", s.Name))
	g.block(fmt.Sprintf("export const %s: %s = {", name, g.codecType(s)), "};", func() {
		g.line("name: %q,", s.Name)
		if s.Message {
			g.line("type: 0x%04x,", s.ID)
			g.line("direction: %q,", s.Direction)
		}
		g.line("")
		g.create(s)
		g.encode(s)
		g.decode(s)
		g.json(s)
	})
	g.line("")
}

func (g *generator) codecType(s *ir.Struct) string {
	if s.Message {
		return fmt.Sprintf("%s<%s, %q>", g.use(wireModule, "type MessageCodec"), structName(s), s.Direction)
	}
	return fmt.Sprintf("%s<%s>", g.use(wireModule, "type Codec"), structName(s))
}

// create writes the factory: the fields that are given, and zero for the others.
func (g *generator) create(s *ir.Struct) {
	name, fields := structName(s), s.Visible()
	g.block(fmt.Sprintf("create(%s: Partial<%s> = {}): %s {", unused("fields", len(fields)), name, name), "},", func() {
		g.block("return {", "};", func() {
			for _, f := range fields {
				g.line("%s: fields.%s ?? %s,", fieldName(f), fieldName(f), g.zero(f.Type))
			}
		})
	})
	g.line("")
}

// structFacts says what the directives above s said.
func (g *generator) structFacts(s *ir.Struct) []string {
	if !s.Message {
		return nil
	}
	words := map[ir.Direction]string{ir.Up: "from client to server", ir.Down: "from server to client", ir.Both: "both ways"}
	list := []string{fmt.Sprintf("Message 0x%04x, %s.", s.ID, words[s.Direction])}
	if s.Reply != "" {
		list = append(list, fmt.Sprintf("Answered by %s.", s.Reply))
	}
	return list
}
