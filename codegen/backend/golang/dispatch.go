package golang

import (
	"go/token"
	"slices"
	"strconv"
	"strings"
	"unicode"

	. "github.com/dave/jennifer/jen" //nolint:staticcheck // the generator reads like the code it writes

	"github.com/sim-im/sim/codegen/backend"
	"github.com/sim-im/sim/codegen/ir"
)

// maxMethods is the most methods of a handler interface; a file with more
// messages gets several.
const maxMethods = 8

// handlers writes the handler interfaces of the messages in one file.
func (g *generator) handlers(out *File, f *ir.File) {
	for _, dir := range backend.Flows() {
		for i, part := range parts(f, dir.Direction) {
			var methods lines
			for _, s := range part {
				if s.Reply != "" {
					methods.add(Commentf("Handle%s is answered by %s.", s.Name, s.Reply))
				}
				methods.add(Id("Handle" + s.Name).Params(Op("*").Id(s.Name)).Error())
			}
			name := handlerName(f, dir.Name, i)
			comment(out, "%s takes the messages of %s that flow %s.", name, f.Name, dir.Doc)
			out.Type().Id(name).Interface(methods...)
		}
	}
}

// parts returns the messages of a file that flow in a direction, as many at a
// time as an interface may have methods.
func parts(f *ir.File, dir ir.Direction) [][]*ir.Struct {
	var list []*ir.Struct
	for _, s := range ir.Messages(f.Structs) {
		if s.Direction&dir != 0 {
			list = append(list, s)
		}
	}
	return slices.Collect(slices.Chunk(list, maxMethods))
}

// handlerName is "MessageUpHandler" for message.go, with a number from the
// second part on.
func handlerName(f *ir.File, dir string, part int) string {
	var name strings.Builder
	for _, word := range strings.FieldsFunc(stem(f), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		name.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	name.WriteString(dir + "Handler")
	if part > 0 {
		name.WriteString(strconv.Itoa(part + 1))
	}
	return name.String()
}

// dispatch writes, for each direction, the interface of all messages and the
// decoder that calls it.
func (g *generator) dispatch(out *File) {
	comment(out, "Errors of Dispatch, besides those of decoding and of the handler.")
	out.Var().Defs(
		Id("ErrUnknownType").Op("=").Qual(wirePath, "ErrUnknownType"),
		Id("ErrDirection").Op("=").Qual(wirePath, "ErrDirection"),
	)
	for _, dir := range backend.Flows() {
		var embedded lines
		for _, f := range g.pkg.Files {
			for i := range parts(f, dir.Direction) {
				embedded.add(Id(handlerName(f, dir.Name, i)))
			}
		}
		comment(out, "%sHandler takes every message that flows %s. A message is valid until the method returns.", dir.Name, dir.Doc)
		out.Type().Id(dir.Name + "Handler").Interface(embedded...)
		g.dispatcher(out, dir)
	}
}

// dispatcher writes the decoder of a direction.
func (g *generator) dispatcher(out *File, dir backend.Flow) {
	name := dir.Name
	var fields, cases lines
	var others []Code
	for _, s := range g.pkg.Messages() {
		if !dir.Carries(s) {
			others = append(others, Id("Type"+s.Name))
			continue
		}
		field := "d." + unexported(s.Name)
		fields.add(Id(unexported(s.Name)).Id(s.Name))
		cases.add(Case(Id("Type"+s.Name)).Block(
			If(Err().Op(":=").Id(field).Dot("DecodeAlias").Call(Id("body")), Err().Op("!=").Nil()).Block(Return(Err())),
			Return(Id("h").Dot("Handle"+s.Name).Call(Op("&").Id(field))),
		))
	}
	if len(others) > 0 {
		cases.add(Case(others...).Block(Return(Id("ErrDirection"))))
	}
	comment(out, "%sDecoder decodes messages that flow %s, into memory it uses again.", name, dir.Doc)
	comment(out, "The zero value is ready; it is for one goroutine.")
	out.Type().Id(name + "Decoder").Struct(fields...)
	comment(out, "Dispatch decodes body as a message of type t and hands it to h. The message aliases body")
	comment(out, "and is valid until the handler returns.")
	out.Func().Params(Id("d").Op("*").Id(name+"Decoder")).Id("Dispatch").
		Params(Id("t").Id("Type"), Id("body").Index().Byte(), Id("h").Id(name+"Handler")).Error().
		Block(Switch(Id("t")).Block(cases...), Return(Id("ErrUnknownType")))
}

// unexported lowers the first word of a name: "goAway", "readOK".
func unexported(name string) string {
	words := ir.Words(name)
	words[0] = strings.ToLower(words[0])
	if lowered := strings.Join(words, ""); !token.IsKeyword(lowered) {
		return lowered
	}
	return "the" + name
}
