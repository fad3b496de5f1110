package golang

import (
	. "github.com/dave/jennifer/jen" //nolint:staticcheck // the generator reads like the code it writes

	"github.com/sim-im/sim/codegen/ir"
)

// enum writes the names of an enum's values.
func (g *generator) enum(out *File, e *ir.Enum) {
	enumGuard(out, e)
	if e.HasString {
		return
	}
	var cases lines
	seen := map[string]bool{}
	for _, v := range ir.EnumNames(e) {
		if !seen[v.Value] {
			cases.add(Case(Id(v.Constant)).Block(Return(Lit(v.Name))))
		}
		seen[v.Value] = true
	}
	format := Qual("strconv", "FormatUint").Call(Uint64().Call(Id("e")), Lit(10))
	if e.Signed {
		format = Qual("strconv", "FormatInt").Call(Int64().Call(Id("e")), Lit(10))
	}
	comment(out, "String returns the name of e, or its number when this version has no name for it.")
	out.Add(method(e.Name, "String").Params().String().Block(
		Switch(Id("e")).Block(cases...),
		Return(Lit(e.Name+"(").Op("+").Add(format).Op("+").Lit(")")),
	))
	out.Line()
}
