package golang

import (
	"fmt"

	. "github.com/dave/jennifer/jen" //nolint:staticcheck // the generator reads like the code it writes

	"github.com/sim-im/sim/codegen/ir"
)

// ids writes the type id constants of a file.
func (g *generator) ids(out *File, f *ir.File) {
	list := ir.Messages(f.Structs)
	if len(list) == 0 {
		return
	}
	var ids lines
	for _, s := range list {
		ids.add(Id("Type" + s.Name).Id("Type").Op("=").Id(hex(s.ID)))
	}
	comment(out, "Type ids of the messages in %s.", f.Name)
	out.Const().Defs(ids...)
}

// types writes the type of type ids and their names.
func (g *generator) types(out *File) {
	var cases lines
	for _, s := range g.pkg.Messages() {
		cases.add(Case(Id("Type" + s.Name)).Block(Return(Lit(s.Name))))
	}
	comment(out, "Type is the id of a message on the wire.")
	out.Type().Id("Type").Uint16()
	comment(out, "String returns the name of the message, or the number when this version has no such message.")
	out.Func().Params(Id("t").Id("Type")).Id("String").Params().String().Block(
		Switch(Id("t")).Block(cases...),
		Return(Lit("Type(0x").Op("+").Qual("strconv", "FormatUint").Call(Uint64().Call(Id("t")), Lit(16)).Op("+").Lit(")")),
	)
}

func hex(id uint16) string { return fmt.Sprintf("0x%04x", id) }
