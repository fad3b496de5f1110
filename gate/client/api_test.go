package client

import (
	"embed"
	"flag"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

//go:embed *.go
var apiSources embed.FS

//go:embed testdata/api.txt
var apiListed string

var updateAPI = flag.Bool("update", false, "write testdata/api.txt anew")

// TestAPI holds what the package exports against a listing, so that a change is
// seen before apps see it. "go test ./gate/client -run TestAPI -update" writes
// it.
func TestAPI(t *testing.T) {
	got := strings.Join(exported(t), "\n") + "\n"
	if *updateAPI {
		if err := os.WriteFile("testdata/api.txt", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(strings.Split(apiListed, "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("the API has changed; if that is meant, run this test with -update (-listed +is):\n%s", diff)
	}
}

// TestContexts has every exported method that waits for the server, or for the
// network, take a context.
func TestContexts(t *testing.T) {
	waits := map[string]bool{
		"Connect": true, "Flush": true, "Send": true, "Wait": true, "History": true, "Lookup": true, "Names": true,
		"Online": true, "RegisterPush": true, "ChangePassword": true, "DeleteAccount": true, "Rebind": true,
		"FoundGroup": true, "ChangeGroup": true, "Groups": true, "FindGroups": true, "Members": true, "Talks": true,
		"SendDraft": true, "Edit": true, "Recall": true, "React": true, "Pin": true, "Pins": true, "FindMessages": true, "Search": true, "Laters": true, "Refresh": true,
		"SignIns": true, "WatchPresence": true, "WatchMembers": true, "OnlineMembers": true,
		"Befriend": true, "Keep": true, "Unfriend": true, "ChangeFriend": true, "Relations": true, "Relation": true, "Profiles": true, "FindPeople": true,
		"MediaLinks": true, "Upload": true, "Download": true, "Export": true, "ExportFile": true,
	}
	for _, line := range exported(t) {
		name, found := strings.CutPrefix(line, "func (c *Client) ")
		if h, ok := strings.CutPrefix(line, "func (h *Handle) "); ok {
			name, found = h, ok
		}
		if name, _, _ = strings.Cut(name, "("); found && waits[name] != strings.Contains(line, "ctx context.Context") {
			t.Errorf("%s: that it waits and that it takes a context do not agree", line)
		}
	}
}

// exported returns what the package exports, one thing in one entry, in order.
func exported(t *testing.T) (list []string) {
	t.Helper()
	files := token.NewFileSet()
	for _, entry := range must(apiSources.ReadDir(".")) {
		if strings.HasSuffix(entry.Name(), "_test.go") {
			continue
		}
		file := must(parser.ParseFile(files, entry.Name(), must(apiSources.ReadFile(entry.Name())), parser.SkipObjectResolution))
		ast.FileExports(file)
		for _, decl := range file.Decls {
			list = append(list, pieces(t, files, decl)...)
		}
	}
	slices.Sort(list)
	return list
}

// pieces splits a declaration.
func pieces(t *testing.T, files *token.FileSet, decl ast.Decl) (list []string) {
	show := func(node any) {
		var text strings.Builder
		if err := (&printer.Config{Mode: printer.RawFormat}).Fprint(&text, files, node); err != nil {
			t.Fatal(err)
		}
		list = append(list, strings.Join(strings.Fields(text.String()), " "))
	}
	switch d := decl.(type) {
	case *ast.FuncDecl:
		d.Body = nil
		if show(d); strings.HasPrefix(list[0], "func (") && !ofExported(d) {
			return nil
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			if _, imported := spec.(*ast.ImportSpec); !imported {
				show(&ast.GenDecl{Tok: d.Tok, Specs: []ast.Spec{spec}})
			}
		}
	}
	return list
}

// ofExported reports whether a method is of an exported type.
func ofExported(d *ast.FuncDecl) bool {
	t := d.Recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	name, ok := t.(*ast.Ident)
	return ok && name.IsExported()
}
