package dev

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/sim-im/sim/tools/check/checkout"
)

// leastNames is how many names of PATH.md have to be found.
const leastNames = 80

// pathMark matches the begin of a block of PATH.md, a link, or a name.
var pathMark = regexp.MustCompile("(?m)^(?:$|- |\\| )|\\]\\(([^)\\n]+)\\)|`([^`\\n]+)`")

// TestPath proves that files which the page links exist, and that what stands in
// backticks behind a link, before the next one and in its block, is declared there.
func TestPath(t *testing.T) {
	root, err := checkout.Root()
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(root, "tools/dev/PATH.md"))
	if err != nil {
		t.Fatal(err)
	}
	names, file := 0, "" // of the last link
	for _, m := range pathMark.FindAllStringSubmatch(string(page), -1) {
		switch link, name := m[1], m[2]; {
		case link != "":
			file = filepath.Join(root, "tools/dev", link)
			if _, err := os.Stat(file); err != nil {
				t.Errorf("a link leads nowhere: %v", err)
			}
		case name == "":
			file = ""
		case strings.HasSuffix(file, ".go"):
			names++
			if !declared(file)[name] {
				t.Errorf("%s does not declare %s", file, name)
			}
		}
	}
	if names < leastNames {
		t.Errorf("%d names found, want at least %d", names, leastNames)
	}
}

// declared returns the types and functions of a file, methods as Type.Method.
func declared(file string) map[string]bool {
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		return nil // a file that is not there was told of
	}
	names := make(map[string]bool)
	ast.Inspect(f, func(n ast.Node) bool {
		switch d := n.(type) {
		case *ast.TypeSpec:
			names[d.Name.Name] = true
		case *ast.FuncDecl:
			name := d.Name.Name
			if d.Recv != nil {
				of, _, _ := strings.Cut(types.ExprString(d.Recv.List[0].Type), "[")
				name = strings.TrimPrefix(of, "*") + "." + name
			}
			names[name] = true
			return false
		}
		return true
	})
	return names
}
