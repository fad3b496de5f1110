package golang

import (
	"strings"

	. "github.com/dave/jennifer/jen" //nolint:staticcheck // the generator reads like the code it writes

	"github.com/sim-im/sim/codegen/ir"
)

// guard writes an assignment that compiles only while the struct, tags
// included, is the one this output was made from.
func (g *generator) guard(out *File, s *ir.Struct) {
	var fields []Code
	for _, f := range s.Fields {
		field := Id(f.Name).Add(goType(f.Type))
		if f.Tag != "" {
			field.Op("`" + f.Tag + "`")
		}
		fields = append(fields, field)
	}
	comment(out, "Does not compile when %s was changed and go generate was not run.", s.Name)
	out.Var().Id("_").Id(s.Name).Op("=").Struct(fields...).Values()
	out.Line()
}

// enumGuard writes array indices that compile only while the constants have the
// values this output was made from.
func enumGuard(out *File, e *ir.Enum) {
	var body lines
	body.add(Var().Id("x").Index(Lit(1)).Struct())
	for _, v := range e.Values {
		body.set("_", Id("x").Index(Id(v.Name).Op("-").Id(literal(v.Value))))
	}
	comment(out, "Does not compile when a constant of %s was changed and go generate was not run.", e.Name)
	out.Func().Id("_").Params().Block(body...)
	out.Line()
}

// literal puts a negative number into parentheses.
func literal(number string) string {
	if strings.HasPrefix(number, "-") {
		return "(" + number + ")"
	}
	return number
}
