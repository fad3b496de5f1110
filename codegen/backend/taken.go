package backend

import (
	"slices"

	"github.com/sim-im/sim/codegen/ir"
)

// Taken finds names that differ in the definitions and are the same in a
// language. The zero value but for Language and Problems is ready.
type Taken struct {
	Language string // "Java", for people
	Problems *ir.Problems
	names    []string
	owners   []string // in the definitions; empty for the output's own
}

// Reserve notes a name that the output has of its own.
func (t *Taken) Reserve(name string) { t.names, t.owners = append(t.names, name), append(t.owners, "") }

// Add notes that owner is called name in the language, among names of a sort
// ("fields"), and reports at pos who else is.
func (t *Taken) Add(name, owner, sort string, pos ir.Pos) {
	i := slices.Index(t.names, name)
	t.names, t.owners = append(t.names, name), append(t.owners, owner)
	switch {
	case i < 0:
	case t.owners[i] == "":
		t.Problems.Add(pos, "choose another name", "the %s output has a class of its own that is named like %s", t.Language, owner)
	default:
		t.Problems.Add(pos, "choose another name", "in %s %s and %s have the same name %s: the %s", t.Language, t.owners[i], owner, name, sort)
	}
}
