package java

import (
	"regexp"
	"slices"
	"strings"

	"github.com/sim-im/sim/codegen/backend"
	"github.com/sim-im/sim/codegen/ir"
)

// check adds to problems what the names of pkg cannot become in Java.
func check(pkg *ir.Package, e ir.Emit, problems *ir.Problems) {
	if name := e.Options["package"]; name != "" && !isPackage(name) {
		problems.Add(e.Pos, "write for example package=org.example.messages", "%q is not a Java package", name)
	}
	all := collect(pkg)
	checkClasses(pkg, all, problems)
	for _, s := range all.structs {
		fields := &backend.Taken{Language: "Java", Problems: problems}
		for _, f := range s.Visible() {
			fields.Add(fieldName(f), s.Name+"."+f.Name, "fields", f.Pos)
		}
	}
	for _, enum := range all.enums {
		values := &backend.Taken{Language: "Java", Problems: problems}
		for i, v := range ir.EnumNames(enum) {
			values.Add(valueName(v), v.Constant, "constants", enum.Values[i].Pos)
		}
	}
}

// checkClasses reports files that would be the same: on some file systems case
// does not count.
func checkClasses(pkg *ir.Package, all catalogue, problems *ir.Problems) {
	classes := &backend.Taken{Language: "Java", Problems: problems}
	for _, class := range runtimeClasses() {
		classes.Reserve(strings.ToLower(class))
	}
	messages := &backend.Taken{Language: "Java", Problems: problems}
	if list := pkg.Messages(); len(list) > 0 {
		for _, class := range []string{"MessageType", "UpHandler", "DownHandler", "Dispatch", "DispatchResult"} {
			classes.Reserve(strings.ToLower(class))
		}
		for _, s := range list {
			messages.Add(constantName(s.Name), s.Name, "constants of MessageType", s.Pos)
		}
	}
	for _, s := range all.structs {
		classes.Add(strings.ToLower(structName(s)), s.Name, "files of their classes", s.Pos)
	}
	for _, e := range all.enums {
		classes.Add(strings.ToLower(enumName(e)), e.Name, "files of their classes", e.Pos)
	}
}

// isPackage tells whether name is a package as Java writes it: in lower case.
func isPackage(name string) bool {
	for part := range strings.SplitSeq(name, ".") {
		if !regexp.MustCompile(`^[a-z][a-z0-9_]*$`).MatchString(part) || slices.Contains(words(), part) {
			return false
		}
	}
	return true
}
