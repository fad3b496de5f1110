package importlaw

import (
	"fmt"
	"slices"
	"strings"
)

// layer is a part of the tree: a folder and everything below it that no deeper
// layer claims.
type layer struct {
	path  string   // relative to the module
	level int      // arrows point to lower levels
	only  []string // layers that may import this one from outside; nil: every higher one
}

// apart is the level of what no other layer may import, and which sees L0 only.
const apart = -1

// layers returns the architecture, deeper folders anywhere in the list.
func layers() []layer {
	return []layer{
		{path: "msgdef", level: 0},
		{path: "msgdef/secure", level: 1},
		{path: "msgdef/rpc/kitex", level: 1},
		{path: "gate/numbered", level: 1},
		{path: "gate/transport", level: 2, only: []string{"gate", "gate/client", "tools", "tools/dev", "tools/node", "tools/ops", "tools/bench/relay", "tools/bench/liar"}},
		{path: "gate/roster", level: 2, only: []string{"gate", "tools/node"}},
		{path: "route/registry", level: 2, only: []string{"route", "tools/dev", "tools/node"}},
		{path: "imservice/store", level: 2, only: []string{"imservice", "tools/dev", "tools/node", "tools/bench/fill", "tools/bench/liar"}},
		{path: "imservice/issuer", level: 2, only: []string{"imservice", "tools/dev", "tools/node", "tools/ops", "tools"}},
		{path: "imservice/media", level: 2, only: []string{"imservice", "tools/ops"}},
		{path: "push/queue", level: 2, only: []string{"push", "tools", "tools/dev", "tools/node"}},
		{path: "push/provider", level: 2, only: []string{"push", "tools/dev", "tools/node"}},
		{path: "gate", level: 3},
		{path: "gate/client", level: 3},
		{path: "route", level: 3},
		{path: "route/app", level: 3},
		{path: "imservice", level: 3},
		{path: "push", level: 3},
		{path: "tools", level: 4},
		{path: "tools/dev", level: 4},
		{path: "tools/node", level: 4},
		{path: "tools/bench/relay", level: 4},
		{path: "tools/bench/fill", level: 4},
		{path: "tools/bench/liar", level: 4},
		{path: "tools/ops", level: 4, only: []string{"tools/dev", "tools/node"}}, // and every main
		{path: "codegen", level: apart},
		{path: "tools/freeport", level: 0, only: []string{ // in their tests
			"tools", "tools/dev", "tools/node", "msgdef/rpc/kitex", "route/app", "route/registry", "imservice/store", "push/queue",
		}},
	}
}

// libraries returns who may use a library from outside, by the prefix of its
// import path. A library that is not listed may be used from L1 upwards.
func libraries() map[string][]string {
	return map[string][]string{
		"github.com/dave/jennifer":        {"codegen"},
		"golang.org/x/tools":              {"codegen"},
		"github.com/flynn/noise":          {"msgdef/secure"},
		"github.com/cockroachdb/pebble":   {"imservice/store", "tools/bench/relay"},
		"github.com/jackc":                {"imservice/store"},
		"github.com/cloudwego":            {"msgdef/rpc/kitex"},
		"github.com/redis":                {"route/registry"},
		"github.com/quic-go":              {"gate/transport"},
		"github.com/coder/websocket":      {"gate/transport"},
		"github.com/nsqio":                {"push/queue"},
		"github.com/standard-webhooks":    {"push/provider"},
		"github.com/goccy/go-yaml":        {"tools/ops"},
		"github.com/prometheus":           {"tools/ops", "tools"},
		"github.com/alecthomas/kong":      {"tools/ops", "tools", "codegen"},
		"golang.org/x/term":               {"tools"},
		"github.com/HdrHistogram/":        {"tools"},
		"github.com/rogpeppe/go-internal": {"tools", "codegen"},
		"github.com/alexedwards/argon2id": {"imservice"},
		"github.com/lestrrat-go/":         {"imservice/issuer"},
		"github.com/tus/":                 {"imservice/media"},
		"github.com/minio/":               {"imservice/media"},
		"github.com/gabriel-vasile/":      {"imservice/media"},
		"golang.org/x/image":              {"imservice/media"},
	}
}

// testLibraries lists what test files, and packages made for tests, of every
// level may use. The last one is the file system that loses what was not
// synced, for the crash tests of more than the store.
func testLibraries() []string {
	return []string{
		"github.com/google/go-cmp", "go.uber.org/goleak", "pgregory.net/rapid",
		"github.com/cockroachdb/pebble/v2/vfs", "github.com/lestrrat-go/jwx/v3",
		"github.com/johannesboyne/gofakes3",
	}
}

// verdict says why pkg may not import target, or "" when it may. Both are
// relative to the module.
func verdict(pkg Package, target string) string {
	from, ok := find(pkg.Path)
	if !ok {
		return "the law knows no such folder as " + pkg.Path
	}
	to, ok := find(target)
	if !ok {
		return "the law knows no such folder as " + target
	}
	allowed := slices.Contains(to.only, from.path) || (to.path == "tools/ops" && pkg.Main)
	switch {
	case from.path == to.path:
		return ""
	case to.level == apart:
		return to.path + " is imported by nobody"
	case from.level == apart && to.level != 0:
		return from.path + " stands apart and sees L0 only"
	case from.level == apart:
		return ""
	case to.only != nil && !allowed:
		return "only " + strings.Join(to.only, ", ") + orMains(to) + " may import " + to.path
	case from.level == 3 && to.level == 3:
		return "L3 packages never import one another"
	case from.level < to.level:
		return "the arrow points up"
	case from.level == to.level && (from.level == 1 || from.level == 2):
		return fmt.Sprintf("L%d packages never import one another", from.level)
	}
	return ""
}

func orMains(l layer) string {
	if l.path == "tools/ops" {
		return " and mains"
	}
	return ""
}

// outside says why pkg may not import a library, or "" when it may.
func outside(pkg Package, library string, test bool) string {
	if !strings.Contains(strings.SplitN(library, "/", 2)[0], ".") {
		return "" // standard library
	}
	if test && hasPrefix(testLibraries(), library) {
		return ""
	}
	from, _ := find(pkg.Path)
	if from.level == 0 {
		return "L0 imports the standard library only"
	}
	for prefix, users := range libraries() {
		if strings.HasPrefix(library, prefix) && !slices.Contains(users, from.path) {
			return "only " + strings.Join(users, ", ") + " may use " + prefix
		}
	}
	return ""
}

// find returns the deepest layer that holds the folder.
func find(folder string) (layer, bool) {
	var best layer
	for _, l := range layers() {
		if (folder == l.path || strings.HasPrefix(folder, l.path+"/")) && len(l.path) > len(best.path) {
			best = l
		}
	}
	return best, best.path != ""
}

func hasPrefix(prefixes []string, s string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(s, p) })
}
