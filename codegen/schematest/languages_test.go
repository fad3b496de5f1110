package schematest

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sim-im/sim/codegen/backend/java"
	"github.com/sim-im/sim/codegen/backend/typescript"
	"github.com/sim-im/sim/codegen/ir"
)

// TestLanguages generates random packages and later versions of them in all
// languages, compiles everything at once, and compares what the codecs say.
func TestLanguages(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles Go, TypeScript and Java")
	}
	for _, tool := range []string{"node", "npm", "java", "javac"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("no %s: install Node 18 or later with npm, and default-jdk-headless", tool)
		}
	}
	w := workspace{t, t.TempDir()}
	if *keep != "" {
		w.root = *keep
	}
	w.module()
	var all []generated
	for i := range *more {
		all = append(all, w.packages(i)...)
	}
	w.table(all)
	w.run("go", "vet", "./...")
	w.typescript(all)
	w.java(all)
	args := []string{"test", "-count=1"}
	if !*long {
		args = append(args, "-short")
	}
	w.run("go", append(args, "./...")...)
}

// generated is a package and, if it grew from another one, the name of that.
type generated struct {
	name, older string
	schema      *schema
}

// workspace is a folder with a module, and below typescript and classes what
// was compiled.
type workspace struct {
	*testing.T
	root string
}

func (w workspace) path(parts ...string) string {
	return filepath.Join(append([]string{w.root}, parts...)...)
}

func (w workspace) save(data []byte, parts ...string) {
	w.Helper()
	to := w.path(parts...)
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		w.Fatal(err)
	}
	if err := os.WriteFile(to, data, 0o644); err != nil {
		w.Fatal(err)
	}
}

func (w workspace) read(path string) []byte {
	w.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		w.Fatal(err)
	}
	return data
}

// run runs a program in the workspace and returns what it printed.
func (w workspace) run(program string, args ...string) {
	w.Helper()
	if out, err := w.try(program, args...); err != nil {
		w.Fatalf("%s %s: %v\n%s", program, strings.Join(args[:min(len(args), 8)], " "), err, out)
	}
}

func (w workspace) try(program string, args ...string) ([]byte, error) {
	cmd := exec.Command(program, args...)
	cmd.Dir = w.root
	return cmd.CombinedOutput()
}

// module makes the workspace a module beside this one, with the generator.
func (w workspace) module() {
	w.Helper()
	checkout, err := filepath.Abs("../..")
	if err != nil {
		w.Fatal(err)
	}
	w.save(fmt.Appendf(nil, "module random\n\ngo 1.26.0\n\nrequire github.com/sim-im/sim v0.0.0\n\nreplace github.com/sim-im/sim => %s\n", checkout), "go.mod")
	w.save(w.read("testdata/module/peers_test.go.txt"), "peers_test.go")
	build := exec.Command("go", "build", "-o", w.path("codegen"), "..")
	if out, err := build.CombinedOutput(); err != nil {
		w.Fatalf("%v\n%s", err, out)
	}
}

// packages generates random package i and a later version of it.
func (w workspace) packages(i int) []generated {
	w.Helper()
	c := &chance{Rand: rand.New(rand.NewPCG(*seed, uint64(1000+i)))}
	h := &history{t: w.T, dir: filepath.Join(w.TempDir(), "sample")}
	if err := os.Mkdir(h.dir, 0o755); err != nil {
		w.Fatal(err)
	}
	before := c.schema(10, func(s *schema) bool { return h.everywhere(s) })
	before.emits = []string{"json", "typescript dir=typescript name=@random/NAME", "java dir=java package=random.NAME"}
	list := []generated{{name: fmt.Sprintf("p%d", i), schema: before}}
	w.generate(list[0])
	after := before.clone()
	for range 40 {
		if next := after.clone(); c.grow(next) != "" && h.everywhere(next) {
			after = next
		}
	}
	grown := generated{name: fmt.Sprintf("p%dnew", i), older: list[0].name, schema: after}
	w.save(w.read(w.path(list[0].name, "msgdef.lock")), grown.name, "msgdef.lock")
	w.generate(grown)
	return append(list, grown)
}

// everywhere tells whether s is right in all languages.
func (h *history) everywhere(s *schema) bool {
	var problems ir.Problems
	pkg := h.load(s.source("sample"), &problems)
	if problems.Failed() {
		return false
	}
	java.Backend().Check(pkg, ir.Emit{Options: map[string]string{"package": "random.sample"}}, &problems)
	typescript.Backend().Check(pkg, ir.Emit{Options: map[string]string{"name": "sample"}}, &problems)
	return !problems.Failed()
}

func (w workspace) generate(g generated) {
	w.Helper()
	w.save(g.schema.source(g.name), g.name, "m.go")
	if out, err := w.try(w.path("codegen"), g.name); err != nil {
		w.Fatalf("%v\n%s\n%s", err, out, g.schema.source(g.name))
	}
}

// table writes which samples every package has.
func (w workspace) table(all []generated) {
	var imports, rows strings.Builder
	for _, g := range all {
		fmt.Fprintf(&imports, "\t\"random/%s\"\n", g.name)
		fmt.Fprintf(&rows, "\t\t{%q, %q, []wiretest.Message{\n", g.name, g.older)
		for _, d := range g.schema.structs {
			fmt.Fprintf(&rows, "\t\t\tnew(%s.%s),\n", g.name, d.name)
		}
		rows.WriteString("\t\t}},\n")
	}
	const form = "package random\n\nimport (\n%s\t\"github.com/sim-im/sim/msgdef/wire/wiretest\"\n)\n\n" +
		"type row struct {\n\tname, older string\n\tsamples []wiretest.Message\n}\n\nfunc packages() []row {\n\treturn []row{\n%s\t}\n}\n"
	w.save(fmt.Appendf(nil, form, imports.String(), rows.String()), "table_test.go")
}

// typescript compiles all packages and the driver with one compiler.
func (w workspace) typescript(all []generated) {
	w.Helper()
	const conformance = "../backend/typescript/testdata/conformance"
	for _, name := range []string{"hex.ts", "node.d.ts", "shown.ts", "package.json", "package-lock.json", "tsconfig.json"} {
		w.save(w.read(filepath.Join(conformance, name)), "typescript", name)
	}
	driver := strings.Replace(string(w.read(conformance+"/driver.ts")), "./msgdef/", "./"+all[0].name+"/", 1)
	w.save([]byte(driver), "typescript", "driver.ts")
	w.run("npm", "ci", "--prefix", "typescript", "--no-audit", "--no-fund")
	args := []string{"typescript/node_modules/typescript/bin/tsc", "--build"}
	for _, g := range all {
		if err := os.CopyFS(w.path("typescript", g.name), os.DirFS(w.path(g.name, "typescript"))); err != nil {
			w.Fatal(err)
		}
		args = append(args, "typescript/"+g.name)
	}
	w.run("node", append(args, "typescript")...)
}

// java compiles all packages and the driver with one compiler.
func (w workspace) java(all []generated) {
	w.Helper()
	conformance, err := filepath.Abs("../backend/java/testdata/conformance")
	if err != nil {
		w.Fatal(err)
	}
	files := javaFiles(w, conformance)
	for _, g := range all {
		files = append(files, javaFiles(w, w.path(g.name, "java"))...)
	}
	options := []string{"-J-XX:TieredStopAtLevel=1", "--release", "8", "-Xlint:all,-options,-path", "-Werror", "-encoding", "UTF-8", "-d", "classes"}
	w.run("javac", slices.Concat(options, files)...)
}

func javaFiles(w workspace, dir string) (files []string) {
	w.Helper()
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if filepath.Ext(path) == ".java" {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) == 0 {
		w.Fatalf("no Java in %s: %v", dir, err)
	}
	return files
}
