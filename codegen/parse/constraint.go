package parse

import (
	"go/ast"
	"go/build"
	"go/build/constraint"
	"path/filepath"
	"strings"

	"github.com/sim-im/sim/codegen/ir"
)

// defines tells whether a file has directives.
func defines(f *ast.File) bool {
	for _, group := range f.Comments {
		for _, line := range group.List {
			if strings.HasPrefix(line.Text, prefix) {
				return true
			}
		}
	}
	return false
}

// constrained reports definitions that exist on some machines only: elsewhere
// the same source would have other messages.
func (c *converter) constrained(f *ast.File) {
	at := c.loader.fset.Position(f.Package)
	if !defines(f) {
		return
	}
	for _, group := range f.Comments {
		for _, line := range group.List {
			if line.Pos() < f.Package && constraint.IsGoBuild(line.Text) {
				c.problems.Add(c.pos(line.Pos()), "delete it, or move the definitions", "definitions under a build constraint would differ between machines")
				return
			}
		}
	}
	anywhere := build.Context{Compiler: build.Default.Compiler}
	dir, name := filepath.Split(at.Filename)
	if match, err := anywhere.MatchFile(dir, name); err == nil && !match {
		pos := ir.Pos{File: at.Filename, Line: 1, Col: 1}
		c.problems.Add(pos, "rename the file", "definitions in a file that is named after a system or processor would differ between machines")
	}
}
