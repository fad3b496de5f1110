package importlaw

import (
	"flag"
	"os"
	"path"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write what BUILD.bazel files should state")

// TestVisibility holds what BUILD.bazel files say against the law. With -update
// it writes them: gazelle makes new libraries public.
func TestVisibility(t *testing.T) {
	const root = "../.."
	files, err := BuildFiles(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 20 {
		t.Fatalf("only %d BUILD.bazel files with libraries found below %s", len(files), root)
	}
	for name, text := range files {
		want := Stated(path.Dir(name), text)
		if want == text {
			continue
		}
		if *update {
			if err := os.WriteFile(filepath.Join(root, filepath.FromSlash(name)), []byte(want), 0o600); err != nil {
				t.Fatal(err)
			}
			continue
		}
		t.Errorf("%s does not state the law; `go test ./tools/importlaw -update` makes it:\n%s", name, cmp.Diff(text, want))
	}
}

func TestPatterns(t *testing.T) {
	for folder, want := range map[string][]string{
		"msgdef/wire":            {"//visibility:public"},
		"msgdef/secure":          {"//gate:__subpackages__", "//imservice:__subpackages__", "//msgdef/secure:__subpackages__", "//push:__subpackages__", "//route:__subpackages__", "//tools:__subpackages__"},
		"imservice":              {"//imservice:__subpackages__", "//tools:__subpackages__"},
		"imservice/store/pebble": {"//imservice:__subpackages__", "//tools/bench/fill:__subpackages__", "//tools/bench/liar:__subpackages__", "//tools/dev:__subpackages__", "//tools/node:__subpackages__"},
		"gate/transport/tcp":     {"//gate:__subpackages__", "//tools:__subpackages__"},
		"codegen":                {"//codegen:__subpackages__"},
	} {
		if diff := cmp.Diff(want, Visibility(folder)); diff != "" {
			t.Errorf("%s: %s", folder, diff)
		}
	}
}
