package golang

import (
	. "github.com/dave/jennifer/jen" //nolint:staticcheck // the generator reads like the code it writes

	"github.com/sim-im/sim/codegen/ir"
)

// tests writes a fuzz target and a truncation test for each struct.
func (g *generator) tests(out *File, f *ir.File) {
	testing := func(kind, name string) *Statement { return Id(name).Op("*").Qual("testing", kind) }
	for _, s := range f.Structs {
		out.Func().Id("Fuzz" + s.Name).Params(testing("F", "f")).Block(
			Qual(testPath, "Fuzz").Types(Id(s.Name)).Call(Id("f")),
		)
		out.Line()
		out.Func().Id("Test" + s.Name + "Truncated").Params(testing("T", "t")).Block(
			Qual(testPath, "Truncated").Types(Id(s.Name)).Call(Id("t"), Lit(s.Generations())),
		)
		out.Line()
	}
}

// samples writes the list of all structs for hand-written tests.
func (g *generator) samples(out *File) {
	var all []Code
	for _, s := range g.pkg.Structs() {
		all = append(all, Line().New(Id(s.Name)))
	}
	comment(out, "samples returns a zero value of every struct with a codec.")
	out.Func().Id("samples").Params().Index().Qual(testPath, "Message").Block(
		Return(Index().Qual(testPath, "Message").Values(append(all, Line())...)),
	)
}
