package typescript

import (
	"embed"
	"slices"
	"strings"

	"github.com/sim-im/sim/codegen/backend"
	"github.com/sim-im/sim/codegen/ir"
)

//go:embed runtime/*.ts
var runtime embed.FS // read only

// Backend returns the backend of "//msgdef:emit typescript dir=typescript
// name=@sim-im/msgdef".
func Backend() backend.Backend {
	return backend.Backend{Name: "typescript", Options: []string{"dir", "name"}, Check: check, Generate: generate}
}

// generate returns every output of pkg.
func generate(pkg *ir.Package, e ir.Emit) ([]backend.Output, error) {
	all := collect(pkg)
	var outputs []backend.Output
	var exported []string
	add := func(module string, fill func(g *generator)) {
		outputs = append(outputs, write(all, module, fill))
		exported = append(exported, module)
	}
	for _, m := range all.modules {
		add(m.name, func(g *generator) { g.definitions(m) })
	}
	if messages := pkg.Messages(); len(messages) > 0 {
		add(dispatchModule, func(g *generator) { g.dispatch(messages) })
	}
	outputs = append(outputs, write(all, indexModule, func(g *generator) { g.index(exported) }))
	for _, module := range []string{wireModule, jsonModule} {
		text, err := runtime.ReadFile("runtime/" + module + ".ts")
		if err != nil {
			return nil, err
		}
		outputs = append(outputs, output(module, string(text)))
	}
	slices.SortFunc(outputs, func(a, b backend.Output) int { return strings.Compare(a.Name, b.Name) })
	files, err := backend.Project(projectFiles, "project", exampleOf(pkg, e.Options["name"]))
	return append(outputs, files...), err
}

// write returns a module that fill writes.
func write(all *catalogue, module string, fill func(g *generator)) backend.Output {
	g := &generator{source: &source{}, catalogue: all, module: module}
	fill(g)
	return output(module, g.imports()+strings.TrimRight(g.text.String(), "\n")+"\n")
}

func output(module, text string) backend.Output {
	return backend.Output{Name: "src/" + module + ".ts", Data: []byte(backend.Header + "\n\n" + text)}
}

// definitions writes the enums and structs of a source file.
func (g *generator) definitions(m *module) {
	for _, e := range m.enums {
		g.enum(e)
	}
	for _, s := range m.structs {
		g.structure(s)
	}
}

// index exports what applications use.
func (g *generator) index(modules []string) {
	slices.Sort(modules)
	for _, name := range modules {
		g.line("export * from \"./%s.js\";", name)
	}
	g.line("export { Reader, WireError, Writer } from \"./%s.js\";", wireModule)
	g.line("export type { Codec, Direction, DownCodec, Fault, MessageCodec, UpCodec } from \"./%s.js\";", wireModule)
	g.line("export type { JsonObject } from \"./%s.js\";", jsonModule)
}
