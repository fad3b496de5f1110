package golang

import (
	"bytes"
	"fmt"
	"strings"

	. "github.com/dave/jennifer/jen" //nolint:staticcheck // the generator reads like the code it writes

	"github.com/sim-im/sim/codegen/backend"
	"github.com/sim-im/sim/codegen/ir"
)

const (
	wirePath = "github.com/sim-im/sim/msgdef/wire"
	testPath = "github.com/sim-im/sim/msgdef/wire/wiretest"
)

// Backend returns the backend of the Go codec, which every package gets.
func Backend() backend.Backend { return backend.Backend{Name: "go", Check: check, Generate: generate} }

// generate returns every output of pkg.
func generate(pkg *ir.Package, _ ir.Emit) ([]backend.Output, error) {
	g := &generator{pkg: pkg}
	for _, f := range pkg.Files {
		if len(f.Structs)+len(f.Enums) == 0 {
			continue
		}
		g.emit(stem(f)+"_gen.go", func(out *File) { g.source(out, f) })
		if len(f.Structs) > 0 {
			g.emit(stem(f)+"_gen_test.go", func(out *File) { g.tests(out, f) })
		}
	}
	if len(ir.Messages(pkg.Structs())) > 0 {
		if !pkg.SharesTypes {
			g.emit("types_gen.go", g.types)
		}
		g.emit("dispatch_gen.go", g.dispatch)
	}
	g.emit("samples_gen_test.go", g.samples)
	return g.outputs, g.err
}

// generator collects outputs; the first error wins.
type generator struct {
	pkg     *ir.Package
	outputs []backend.Output
	err     error
}

func (g *generator) emit(name string, fill func(*File)) {
	out := NewFilePathName(g.pkg.Path, g.pkg.Name)
	out.HeaderComment(backend.Header)
	out.ImportNames(map[string]string{
		"bytes": "bytes", "encoding/binary": "binary", "log/slog": "slog", "math": "math", "slices": "slices", "strconv": "strconv",
		"strings": "strings", "testing": "testing", wirePath: "wire", jsonPath: "wirejson", testPath: "wiretest",
	})
	fill(out)
	var b bytes.Buffer
	if err := out.Render(&b); err != nil && g.err == nil {
		g.err = fmt.Errorf("%s: %w", name, err)
	}
	g.outputs = append(g.outputs, backend.Output{Name: name, Data: b.Bytes()})
}

// source writes everything that belongs to one source file.
func (g *generator) source(out *File, f *ir.File) {
	g.ids(out, f)
	g.handlers(out, f)
	for _, s := range f.Structs {
		g.guard(out, s)
		if s.Message {
			comment(out, "Type returns Type%s.", s.Name)
			out.Add(method("*"+s.Name, "Type").Params().Id("Type").Block(Return(Id("Type" + s.Name))))
		}
		g.size(out, s)
		g.append(out, s)
		g.decode(out, s)
		g.validate(out, s)
		g.clone(out, s)
		g.equal(out, s)
		g.reset(out, s)
		g.logValue(out, s)
	}
	for _, e := range f.Enums {
		g.enum(out, e)
	}
}

// stem is the name of a source file without ".go".
func stem(f *ir.File) string { return strings.TrimSuffix(f.Name, ".go") }
