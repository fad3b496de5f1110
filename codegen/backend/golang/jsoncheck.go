package golang

import (
	"slices"

	"github.com/sim-im/sim/codegen/ir"
)

// maxJSONDepth is how deep arrays and objects may nest in a definition, below
// what msgdef/wire/wirejson reads.
const maxJSONDepth = 24

// checkJSON adds to problems what the JSON of pkg cannot express, and names that
// the output needs for itself.
func checkJSON(pkg *ir.Package, e ir.Emit, problems *ir.Problems) {
	for _, s := range pkg.Foreign() {
		if !hasJSON(pkg, s.Package) {
			problems.Add(e.Pos, "put //msgdef:emit json into its package too", "%s is nested here and has no JSON", s.In(pkg.Path))
		}
	}
	for _, f := range pkg.Files {
		for _, s := range f.Structs {
			checkJSONNames(s, problems)
			checkJSONDepth(s, problems)
		}
		checkJSONFile(pkg, f, problems)
	}
}

// hasJSON tells whether the package of a path asks for JSON.
func hasJSON(pkg *ir.Package, path string) bool {
	return slices.ContainsFunc(pkg.Imports, func(p *ir.Package) bool {
		return p.Path == path && slices.ContainsFunc(p.Emits, func(e ir.Emit) bool { return e.Backend == JSON().Name })
	})
}

// checkJSONFile reports a source file whose Go output has the name of a JSON one.
func checkJSONFile(pkg *ir.Package, f *ir.File, problems *ir.Problems) {
	if len(f.Structs)+len(f.Enums) == 0 {
		return
	}
	pos := append(placesOf(f), ir.Pos{File: f.Name})[0]
	twin := func(other *ir.File) bool { return len(other.Structs) > 0 && stem(other)+"_json" == stem(f) }
	if stem(f) == "json" || slices.ContainsFunc(pkg.Files, twin) {
		problems.Add(pos, "rename the file", "%s_gen.go is the name of another output", stem(f))
	}
}

func checkJSONNames(s *ir.Struct, problems *ir.Problems) {
	if s.Name == "ToJSON" || s.Name == "FromJSON" {
		problems.Add(s.Pos, "choose another name", "the output declares a %s of its own", s.Name)
	}
	owner := map[string]string{}
	for _, f := range live(s) {
		if slices.Contains([]string{"AppendJSON", "DecodeJSON", "ReadJSON"}, f.Name) {
			problems.Add(f.Pos, "choose another name", "field %s has the name of a method that is generated", f.Name)
		}
		name := ir.CamelCase(f.Name)
		if first := owner[name]; first != "" {
			problems.Add(f.Pos, "choose another name", "%s and %s are both %q in JSON", first, f.Name, name)
		}
		owner[name] = f.Name
	}
}

// checkJSONDepth reports a struct that nests deeper in JSON than it is read. In
// binary, bytes that hold a struct are a leaf; here they are not.
func checkJSONDepth(s *ir.Struct, problems *ir.Problems) {
	if !problems.Failed() && jsonDepth(s, maxJSONDepth+1) > maxJSONDepth {
		problems.Add(s.Pos, "drop a holds tag", "%s nests more than %d deep in JSON", s.Name, maxJSONDepth)
	}
}

// jsonDepth returns how deep s nests, as far as most: structs that hold
// themselves have no depth.
func jsonDepth(s *ir.Struct, most int) int {
	if most <= 0 {
		return 0
	}
	deepest := 0
	for _, f := range live(s) {
		t, lists := f.Type, 0
		if t.Kind == ir.List {
			t, lists = t.Elem, 1
		}
		inner := t.Struct
		if t.Kind == ir.Bytes {
			inner = t.Holds
		}
		if inner != nil {
			lists += jsonDepth(inner, most-1-lists)
		}
		if deepest = max(deepest, lists); deepest+1 >= most {
			break // it cannot be deeper than what is looked at
		}
	}
	return deepest + 1
}
