package java

import (
	"regexp"
	"slices"
	"strings"

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
		fields := &taken{problems: problems}
		for _, f := range s.Fields {
			if !f.Reserved {
				fields.add(fieldName(f), s.Name+"."+f.Name, "fields", f.Pos)
			}
		}
	}
	for _, enum := range all.enums {
		values := &taken{problems: problems}
		for i, v := range ir.EnumNames(enum) {
			values.add(valueName(v), v.Constant, "constants", enum.Values[i].Pos)
		}
	}
}

// checkClasses reports files that would be the same: on some file systems case
// does not count.
func checkClasses(pkg *ir.Package, all catalogue, problems *ir.Problems) {
	classes := &taken{problems: problems}
	for _, class := range runtimeClasses() {
		classes.add(strings.ToLower(class), "", "", ir.Pos{})
	}
	messages := &taken{problems: problems}
	if list := ir.Messages(pkg.Structs()); len(list) > 0 {
		for _, class := range []string{"MessageType", "UpHandler", "DownHandler", "Dispatch", "DispatchResult"} {
			classes.add(strings.ToLower(class), "", "", ir.Pos{})
		}
		for _, s := range list {
			messages.add(constantName(s.Name), s.Name, "constants of MessageType", s.Pos)
		}
	}
	for _, s := range all.structs {
		classes.add(strings.ToLower(structName(s)), s.Name, "files of their classes", s.Pos)
	}
	for _, e := range all.enums {
		classes.add(strings.ToLower(enumName(e)), e.Name, "files of their classes", e.Pos)
	}
}

// taken finds names that are the same in Java.
type taken struct {
	problems *ir.Problems
	names    []string // in Java
	owners   []string // in the definitions; empty for the output's own
}

// add notes that owner is called name in Java, and reports who else is.
func (t *taken) add(name, owner, what string, pos ir.Pos) {
	i := slices.Index(t.names, name)
	t.names, t.owners = append(t.names, name), append(t.owners, owner)
	switch {
	case i < 0:
	case t.owners[i] == "":
		t.problems.Add(pos, "choose another name", "the Java output has a class of its own that is named like %s", owner)
	default:
		t.problems.Add(pos, "choose another name", "in Java %s and %s have the same name: the %s", t.owners[i], owner, what)
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
