package typescript

import (
	"regexp"
	"slices"

	"github.com/sim-im/sim/codegen/backend"
	"github.com/sim-im/sim/codegen/ir"
)

// check adds to problems what the names of pkg cannot become in TypeScript.
func check(pkg *ir.Package, e ir.Emit, problems *ir.Problems) {
	if name := e.Options["name"]; name != "" && !isPackage(name) {
		problems.Add(e.Pos, "write for example name=@example/messages", "%q is not the name of an npm package", name)
	}
	checkModules(pkg, problems)
	checkTop(collect(pkg), problems)
	handlers := &backend.Taken{Language: "TypeScript", Problems: problems}
	for _, s := range ir.Messages(pkg.Structs()) {
		handlers.Add(methodName(s), s.Name, "methods of a handler", s.Pos)
	}
	for _, m := range collect(pkg).modules {
		for _, s := range m.structs {
			fields := &backend.Taken{Language: "TypeScript", Problems: problems}
			for _, f := range s.Visible() {
				fields.Add(fieldName(f), s.Name+"."+f.Name, "fields", f.Pos)
			}
		}
		for _, enum := range m.enums {
			values := &backend.Taken{Language: "TypeScript", Problems: problems}
			for i, v := range ir.EnumNames(enum) {
				values.Add(valueName(v), v.Constant, "constants", enum.Values[i].Pos)
			}
		}
	}
}

// checkModules reports source files that are named like files of the output.
func checkModules(pkg *ir.Package, problems *ir.Problems) {
	own := []string{wireModule + ".go", jsonModule + ".go", dispatchModule + ".go", indexModule + ".go", importedModule + ".go"}
	for _, f := range pkg.Files {
		if slices.Contains(own, f.Name) && len(f.Structs) > 0 {
			problems.Add(f.Structs[0].Pos, "rename the file", "the TypeScript output has a file of its own that is named like %s", f.Name)
		}
		if slices.Contains(own, f.Name) && len(f.Structs) == 0 && len(f.Enums) > 0 {
			problems.Add(f.Enums[0].Pos, "rename the file", "the TypeScript output has a file of its own that is named like %s", f.Name)
		}
	}
}

// checkTop reports what index.ts would export twice.
func checkTop(all *catalogue, problems *ir.Problems) {
	top := &backend.Taken{Language: "TypeScript", Problems: problems}
	for _, m := range all.modules {
		for _, s := range m.structs {
			top.Add(structName(s), s.Name, "exported names", s.Pos)
		}
		for _, e := range m.enums {
			top.Add(enumName(e), e.Name, "exported names", e.Pos)
			top.Add(nameFunction(e), e.Name, "exported functions that name values", e.Pos)
		}
	}
}

// isPackage tells whether name is one that npm takes, with or without a scope.
func isPackage(name string) bool {
	return regexp.MustCompile(`^(@[a-z0-9~-][a-z0-9._~-]*/)?[a-z0-9~-][a-z0-9._~-]*$`).MatchString(name)
}
