package golang

import (
	. "github.com/dave/jennifer/jen" //nolint:staticcheck // the generator reads like the code it writes

	"github.com/sim-im/sim/codegen/backend"
	"github.com/sim-im/sim/codegen/ir"
)

const jsonPath = wirePath + "/wirejson"

// JSON returns the backend of "//msgdef:emit json": the same structs in JSON,
// as msgdef/wire/wirejson describes it. Structs of other packages that are
// nested need it too.
func JSON() backend.Backend {
	return backend.Backend{Name: "json", Named: true, Check: checkJSON, Generate: generateJSON}
}

// generateJSON returns an output for each source file with structs, and one for
// the package.
func generateJSON(pkg *ir.Package, _ ir.Emit) ([]backend.Output, error) {
	g := &generator{pkg: pkg}
	for _, f := range pkg.Files {
		if len(f.Structs) == 0 {
			continue
		}
		g.emit(stem(f)+"_json_gen.go", func(out *File) {
			for _, s := range f.Structs {
				g.appendJSON(out, s)
				g.decodeJSON(out, s)
			}
		})
		g.emit(stem(f)+"_json_gen_test.go", func(out *File) { g.testsJSON(out, f) })
	}
	if len(ir.Messages(pkg.Structs())) > 0 {
		g.emit("json_gen.go", g.transcode)
	}
	return g.outputs, g.err
}

// live returns the fields of a struct that are not reserved.
func live(s *ir.Struct) []*ir.Field {
	var list []*ir.Field
	for _, f := range s.Fields {
		if !f.Reserved {
			list = append(list, f)
		}
	}
	return list
}

// jsonCall calls a function of the runtime.
func jsonCall(name string, args ...Code) *Statement { return Qual(jsonPath, name).Call(args...) }

// transcode writes the way from one encoding to the other by type id.
func (g *generator) transcode(out *File) {
	params := func(name string) []Code {
		return []Code{Id("dst").Index().Byte(), Id("t").Id("Type"), Id(name).Index().Byte()}
	}
	results := []Code{Index().Byte(), Error()}
	var to, from lines
	for _, s := range g.pkg.Messages() {
		to.add(Case(Id("Type" + s.Name)).Block(convert(s, "DecodeAlias", "body", "AppendJSON")...))
		from.add(Case(Id("Type" + s.Name)).Block(convert(s, "DecodeJSON", "text", "Append")...))
	}
	unknown := Return(Id("dst"), Qual(wirePath, "ErrUnknownType"))
	comment(out, "ToJSON appends the JSON of a binary body of type t to dst. It returns ErrUnknownType for a")
	comment(out, "type that is not of this package, and what DecodeAlias returns; dst is then as it was.")
	out.Func().Id("ToJSON").Params(params("body")...).Params(results...).Block(Switch(Id("t")).Block(to...), unknown)
	out.Line()
	comment(out, "FromJSON appends the binary body of a JSON text of type t to dst. Errors are those of ToJSON")
	comment(out, "and of DecodeJSON.")
	out.Func().Id("FromJSON").Params(params("text")...).Params(results...).Block(
		Switch(Id("t")).Block(from...), unknown.Clone())
}

// convert decodes a message and encodes it otherwise.
func convert(s *ir.Struct, decode, input, encode string) []Code {
	return []Code{
		Var().Id("m").Id(s.Name),
		If(Err().Op(":=").Id("m").Dot(decode).Call(Id(input)), Err().Op("!=").Nil()).Block(Return(Id("dst"), Err())),
		Return(Id("m").Dot(encode).Call(Id("dst")), Nil()),
	}
}

// testsJSON writes a fuzz target and a round trip for each struct.
func (g *generator) testsJSON(out *File, f *ir.File) {
	for _, s := range f.Structs {
		out.Func().Id("Fuzz" + s.Name + "JSON").Params(Id("f").Op("*").Qual("testing", "F")).Block(
			Qual(testPath, "FuzzJSON").Types(Id(s.Name)).Call(Id("f")),
		)
		out.Line()
		out.Func().Id("Test" + s.Name + "JSON").Params(Id("t").Op("*").Qual("testing", "T")).Block(
			Qual(testPath, "JSON").Types(Id(s.Name)).Call(Id("t")),
		)
		out.Line()
	}
}
