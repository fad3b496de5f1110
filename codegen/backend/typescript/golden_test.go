package typescript

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/sim-im/sim/codegen/backend"
	"github.com/sim-im/sim/codegen/ir"
	"github.com/sim-im/sim/codegen/parse"
)

var update = flag.Bool("update", false, "rewrite what the golden case wants")

const golden = "testdata/sample.txtar"

// TestGolden compares what is written for the definitions in the golden file.
func TestGolden(t *testing.T) {
	archive := goldenFile(t)
	got := archive.Files[:1:1]
	for _, o := range outputs(t, sample(t)) {
		if !slices.Contains([]string{"src/wire.ts", "src/wirejson.ts"}, o.Name) {
			got = append(got, txtar.File{Name: "want/" + o.Name, Data: o.Data})
		}
		source := strings.HasSuffix(o.Name, ".ts")
		if source == o.Once || source != strings.HasPrefix(string(o.Data), backend.Header+"\n") {
			t.Errorf("%s is a source or belongs to people, not both", o.Name)
		}
	}
	text := txtar.Format(&txtar.Archive{Comment: archive.Comment, Files: got})
	if *update {
		if err := os.WriteFile(golden, text, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(txtar.Format(archive)), string(text)); diff != "" {
		t.Errorf("run with -update when this is right:\n%s", diff)
	}
}

func goldenFile(t *testing.T) *txtar.Archive {
	t.Helper()
	archive, err := txtar.ParseFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	return archive
}

// sample returns the definitions of the golden file.
func sample(t *testing.T) *ir.Package {
	t.Helper()
	var problems ir.Problems
	pkg := parsed(t, "poll.go", string(goldenFile(t).Files[0].Data), &problems)
	for _, p := range problems.Sorted() {
		t.Error(p)
	}
	return pkg
}

// outputs returns what is written for pkg, as an npm package of its name.
func outputs(t *testing.T, pkg *ir.Package) []backend.Output {
	t.Helper()
	var problems ir.Problems
	e := ir.Emit{Options: map[string]string{"name": "@example/" + pkg.Name}}
	check(pkg, e, &problems)
	for _, p := range problems.Sorted() {
		t.Error(p)
	}
	list, err := generate(pkg, e)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// parsed reads one file of definitions.
func parsed(t *testing.T, file, source string, problems *ir.Problems) *ir.Package {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "sample")
	save(t, filepath.Join(dir, file), []byte(source))
	return read(t, dir, problems)
}

// read reads a folder of definitions.
func read(t *testing.T, dir string, problems *ir.Problems) *ir.Package {
	t.Helper()
	pkg, err := parse.Package(dir, problems)
	if err != nil {
		t.Fatal(err)
	}
	return pkg
}

func save(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}
