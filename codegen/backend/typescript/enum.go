package typescript

import (
	"fmt"
	"strings"

	"github.com/sim-im/sim/codegen/ir"
)

// enum writes the type of e, its values that have names, and the function that
// names them.
func (g *generator) enum(e *ir.Enum) {
	name, suffix := enumName(e), ""
	if strings.HasSuffix(e.Kind, "64") {
		suffix = "n"
	}
	number := numeric(len(suffix) * 64)
	tsdoc(g.source, e.Doc, "Values without a name are valid too.")
	g.line("export type %s = %s;", name, number)
	g.line("")
	tsdoc(g.source, "", fmt.Sprintf("The values of %s that have names.", e.Name))
	values := ir.EnumNames(e)
	g.block(fmt.Sprintf("export const %s = {", name), "} as const;", func() {
		for i, v := range values {
			tsdoc(g.source, e.Values[i].Doc)
			g.line("%s: %s%s,", valueName(v), v.Value, suffix)
		}
	})
	g.line("")
	tsdoc(g.source, "", fmt.Sprintf("Returns the name of a value of %s, or its number when this version has no name for it.", e.Name))
	g.block(fmt.Sprintf("export function %s(value: %s): string {", nameFunction(e), name), "}", func() {
		g.block("switch (value) {", "}", func() {
			seen := map[string]bool{}
			for _, v := range values {
				if !seen[v.Value] {
					g.line("case %s%s:", v.Value, suffix)
					g.line("  return %q;", v.Name)
				}
				seen[v.Value] = true
			}
		})
		g.line("return `%s(${value})`;", e.Name)
	})
	g.line("")
}
