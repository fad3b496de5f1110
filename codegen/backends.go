package main

import (
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sim-im/sim/codegen/backend"
	"github.com/sim-im/sim/codegen/backend/golang"
	"github.com/sim-im/sim/codegen/backend/java"
	"github.com/sim-im/sim/codegen/backend/typescript"
	"github.com/sim-im/sim/codegen/ir"
)

// backends returns what //msgdef:emit can ask for.
func backends() []backend.Backend {
	return []backend.Backend{golang.JSON(), java.Backend(), typescript.Backend()}
}

// request is one output of a package: a backend and what it was asked.
type request struct {
	backend.Backend
	emit ir.Emit
}

// requests returns the outputs of pkg: Go always, and what its directives ask
// for. What cannot be had is added to problems.
func requests(pkg *ir.Package, problems *ir.Problems) []request {
	list := []request{{golang.Backend(), ir.Emit{Backend: "go"}}}
	for _, e := range pkg.Emits {
		all := backends()
		i := slices.IndexFunc(all, func(b backend.Backend) bool { return b.Name == e.Backend })
		if i < 0 {
			problems.Add(e.Pos, "choose one of "+strings.Join(names(all), ", "), "there is no output %q", e.Backend)
			continue
		}
		checkOptions(all[i], e, problems)
		if slices.ContainsFunc(list, func(r request) bool { return r.Name == e.Backend && r.emit.Options["dir"] == e.Options["dir"] }) {
			problems.Add(e.Pos, "delete one of them", "%s is asked for twice", e.Backend)
		}
		list = append(list, request{all[i], e})
	}
	for _, r := range list {
		if r.Check != nil {
			r.Check(pkg, r.emit, problems)
		}
	}
	return list
}

// named tells whether one of the outputs has the names of fields on the wire.
func named(list []request) bool {
	return slices.ContainsFunc(list, func(r request) bool { return r.Named })
}

func names(all []backend.Backend) []string {
	var list []string
	for _, b := range all {
		list = append(list, b.Name)
	}
	return list
}

// checkOptions reports options that are missing or not known, and a folder that
// is not below the definitions.
func checkOptions(b backend.Backend, e ir.Emit, problems *ir.Problems) {
	for _, key := range b.Options {
		if e.Options[key] == "" {
			problems.Add(e.Pos, "add "+key+"=…", "%s has no %s", b.Name, key)
		}
	}
	for key := range e.Options {
		if !slices.Contains(b.Options, key) {
			problems.Add(e.Pos, "delete it", "%s takes no %s", b.Name, key)
		}
	}
	dir, ok := e.Options["dir"]
	switch {
	case ok && strings.ContainsAny(dir, `\:*?"<>|`):
		problems.Add(e.Pos, "separate folders by /, and use names that every system takes", "dir is %q", dir)
	case ok && (!filepath.IsLocal(dir) || path.Clean(dir) == "."):
		problems.Add(e.Pos, "name a folder below the definitions", "dir is %q", dir)
	}
}

// files returns the outputs of r for the definitions in dir.
func (r request) files(dir string, pkg *ir.Package) ([]file, error) {
	outputs, err := r.Generate(pkg, r.emit)
	if err != nil {
		return nil, err
	}
	var list []file
	for _, o := range outputs {
		list = append(list, file{filepath.Join(dir, r.emit.Options["dir"], filepath.FromSlash(o.Name)), o.Data, o.Once})
	}
	return list, nil
}
