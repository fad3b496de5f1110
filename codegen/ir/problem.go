package ir

import (
	"cmp"
	"fmt"
	"slices"
)

// Pos is a place in a source file.
type Pos struct {
	File string
	Line int
	Col  int
}

// String returns file:line:col.
func (p Pos) String() string { return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col) }

// Problem is something wrong with a definition.
type Problem struct {
	Pos     Pos
	Text    string // what is wrong
	Fix     string // what to do
	Warning bool   // worth knowing, and no failure
}

// String returns the line that is printed.
func (p Problem) String() string {
	kind := ""
	if p.Warning {
		kind = "warning: "
	}
	return fmt.Sprintf("%s: %s%s: %s", p.Pos, kind, p.Text, p.Fix)
}

// Problems collects everything wrong of one run, so that it is reported at
// once.
type Problems struct {
	list []Problem
}

// Add notes an error.
func (p *Problems) Add(pos Pos, fix, format string, args ...any) {
	p.list = append(p.list, Problem{Pos: pos, Text: fmt.Sprintf(format, args...), Fix: fix})
}

// Warn notes a warning.
func (p *Problems) Warn(pos Pos, fix, format string, args ...any) {
	p.list = append(p.list, Problem{Pos: pos, Text: fmt.Sprintf(format, args...), Fix: fix, Warning: true})
}

// Failed tells whether there is an error among the problems.
func (p *Problems) Failed() bool {
	return slices.ContainsFunc(p.list, func(q Problem) bool { return !q.Warning })
}

// List returns the problems in the order in which they were found.
func (p *Problems) List() []Problem { return slices.Clone(p.list) }

// Sorted returns the problems in the order of their places.
func (p *Problems) Sorted() []Problem {
	list := slices.Clone(p.list)
	slices.SortStableFunc(list, func(a, b Problem) int {
		return cmp.Or(
			cmp.Compare(a.Pos.File, b.Pos.File),
			cmp.Compare(a.Pos.Line, b.Pos.Line),
			cmp.Compare(a.Pos.Col, b.Pos.Col),
			cmp.Compare(a.Text, b.Text),
		)
	})
	return list
}
