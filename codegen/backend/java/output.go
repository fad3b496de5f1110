package java

import (
	"embed"
	"slices"
	"strings"

	"github.com/sim-im/sim/codegen/backend"
	"github.com/sim-im/sim/codegen/ir"
)

//go:embed runtime/*.java
var runtime embed.FS // read only

// Backend returns the backend of "//msgdef:emit java dir=java
// package=im.sim.msgdef".
func Backend() backend.Backend {
	return backend.Backend{Name: "java", Options: []string{"dir", "package"}, Check: check, Generate: generate}
}

// generate returns every output of pkg.
func generate(pkg *ir.Package, e ir.Emit) ([]backend.Output, error) {
	g := &generator{catalogue: collect(pkg), pkg: pkg, name: e.Options["package"]}
	if err := g.runtime(); err != nil {
		return nil, err
	}
	for _, s := range g.structs {
		g.emit(structName(s), func(out *source) { class(out, s) })
	}
	for _, e := range g.enums {
		g.emit(enumName(e), func(out *source) { enum(out, e) })
	}
	if messages := pkg.Messages(); len(messages) > 0 {
		g.emit("MessageType", func(out *source) { messageTypes(out, messages) })
		for _, f := range backend.Flows() {
			g.emit(handlerName(f), func(out *source) { handler(out, f, messages) })
		}
		g.emit("DispatchResult", results)
		g.emit("Dispatch", func(out *source) { dispatch(out, messages) })
	}
	slices.SortFunc(g.outputs, func(a, b backend.Output) int { return strings.Compare(a.Name, b.Name) })
	files, err := backend.Project(projectFiles, "project", exampleOf(pkg, g.name))
	return append(g.outputs, files...), err
}

// generator collects outputs.
type generator struct {
	catalogue
	pkg     *ir.Package
	name    string // of the Java package
	outputs []backend.Output
}

// emit adds the file of a class.
func (g *generator) emit(class string, fill func(*source)) {
	var out source
	fill(&out)
	text := "package " + g.name + ";\n\n" + out.imports()
	g.add(class, text+out.text.String())
}

func (g *generator) add(class, text string) {
	name := "src/main/java/" + strings.ReplaceAll(g.name, ".", "/") + "/" + class + ".java"
	g.outputs = append(g.outputs, backend.Output{Name: name, Data: []byte(backend.Header + "\n\n" + text)})
}

// runtime adds the classes that read and write bytes.
func (g *generator) runtime() error {
	for _, class := range runtimeClasses() {
		text, err := runtime.ReadFile("runtime/" + class + ".java")
		if err != nil {
			return err
		}
		g.add(class, strings.Replace(string(text), "package PACKAGE;", "package "+g.name+";", 1))
	}
	return nil
}

func runtimeClasses() []string {
	return []string{"WireException", "WireReader", "WireValues", "WireWriter"}
}
