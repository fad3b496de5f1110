package importlaw

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

const module = "github.com/sim-im/sim"

// TestLaw reads the module itself.
func TestLaw(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	tree := os.DirFS(root)
	arrows, err := Arrows(tree)
	if err != nil {
		t.Fatal(err)
	}
	if len(arrows) < 20 {
		t.Fatalf("only %d imports found below %s: the walk is broken", len(arrows), root)
	}
	violations, err := Check(module, tree)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range violations {
		t.Error(v)
	}
}

// TestViolations proves that the law can be broken, one arrow at a time.
func TestViolations(t *testing.T) {
	tests := []struct {
		file, pkg, imports string
		why                string // "" for an arrow that is allowed
	}{
		{"msgdef/a.go", "msgdef", module + "/msgdef/wire", ""},
		{"msgdef/a.go", "msgdef", "strings", ""},
		{"msgdef/a.go", "msgdef", "golang.org/x/text/unicode/norm", "standard library only"},
		{"msgdef/a_test.go", "msgdef", "pgregory.net/rapid", ""},
		{"msgdef/a.go", "msgdef", "pgregory.net/rapid", "standard library only"},
		{"msgdef/rpc/contracttest/a.go", "contracttest", "github.com/google/go-cmp/cmp", ""},
		{"msgdef/wire/a.go", "wire", module + "/msgdef/secure", "points up"},
		{"msgdef/secure/a.go", "secure", "github.com/flynn/noise", ""},
		{"gate/a.go", "gate", "github.com/flynn/noise", "only msgdef/secure"},
		{"gate/transport/tcp/a.go", "tcp", module + "/gate/transport", ""},
		{"gate/transport/tcp/a.go", "tcp", module + "/imservice/store", "only imservice, tools/dev, tools/node"},
		{"gate/transport/tcp/a.go", "tcp", module + "/gate", "points up"},
		{"gate/a.go", "gate", module + "/gate/transport", ""},
		{"gate/a.go", "gate", module + "/gate/client", "never import one another"},
		{"gate/a_test.go", "gate_test", module + "/gate/client", "never import one another"},
		{"gate/a.go", "gate", module + "/imservice/store/pebble", "only imservice, tools/dev, tools/node"},
		{"gate/client/a.go", "client", module + "/gate", "never import one another"},
		{"route/a.go", "route", module + "/imservice", "never import one another"},
		{"route/a.go", "route", module + "/gate/transport", "only gate"},
		{"route/a.go", "route", module + "/tools/ops", "only tools/dev, tools/node and mains"},
		{"imservice/a.go", "imservice", module + "/imservice/store/pebble", ""},
		{"imservice/a.go", "imservice", module + "/codegen", "imported by nobody"},
		{"tools/dev/a.go", "dev", module + "/imservice/store/pebble", ""},
		{"tools/dev/a.go", "dev", module + "/tools/ops", ""},
		{"tools/bench/a.go", "bench", module + "/gate/client", ""},
		{"tools/bench/a.go", "bench", module + "/tools/ops", "only tools/dev, tools/node and mains"},
		{"tools/bench/a.go", "bench", module + "/imservice/store", "only imservice, tools/dev, tools/node"},
		{"tools/sim/main.go", "main", module + "/tools/ops", ""},
		{"codegen/a.go", "main", module + "/msgdef/wire", ""},
		{"codegen/a.go", "main", module + "/tools/dev", "sees L0 only"},
		{"surprise/a.go", "surprise", module + "/msgdef", "knows no such folder"},
	}
	for _, tt := range tests {
		t.Run(tt.file+"→"+strings.TrimPrefix(tt.imports, module+"/"), func(t *testing.T) {
			source := "package " + tt.pkg + "\n\nimport _ \"" + tt.imports + "\"\n"
			found, err := Check(module, fstest.MapFS{tt.file: {Data: []byte(source)}})
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case tt.why == "" && len(found) != 0:
				t.Errorf("refused: %v", found)
			case tt.why != "" && (len(found) != 1 || !strings.Contains(found[0].Why, tt.why)):
				t.Errorf("found %v, want one with %q", found, tt.why)
			}
		})
	}
}

// TestWalk leaves out what is not a part of the module, and names the line.
func TestWalk(t *testing.T) {
	bad := &fstest.MapFile{Data: []byte("package x\n\n// why\nimport _ \"" + module + "/codegen\"\n")}
	tree := fstest.MapFS{
		"gate/x.go":               bad,
		"gate/testdata/x.go":      bad,
		"gate/.hidden/x.go":       bad,
		"tools/lint/go.mod":       {Data: []byte("module lint\n")},
		"tools/lint/x.go":         bad,
		"gate/notes.txt":          {Data: []byte("no Go")},
		"gate/transport/plan9.go": {Data: []byte("//go:build plan9\n\npackage x\n\nimport _ \"" + module + "/route\"\n")},
	}
	found, err := Check(module, tree)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, v := range found {
		got = append(got, v.String())
	}
	want := []string{
		"gate/transport/plan9.go:5: gate/transport imports " + module + "/route: the arrow points up",
		"gate/x.go:4: gate imports " + module + "/codegen: codegen is imported by nobody",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, err := Check(module, fstest.MapFS{"gate/x.go": {Data: []byte("no Go")}}); err == nil {
		t.Error("a file that does not parse was accepted")
	}
}
