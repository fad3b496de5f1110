package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/sim-im/sim/codegen/explain"
	"github.com/sim-im/sim/codegen/ir"
	"github.com/sim-im/sim/codegen/parse"
)

// describeFlags is the command line of describe.
type describeFlags struct {
	Dir  string `short:"C" name:"dir" help:"Folder of the definitions; the current one, or its msgdef, when not given." placeholder:"DIR"`
	Type string `arg:"" help:"Name or type id: Send, 0x0101, msgdef.Entry." placeholder:"TYPE"`
}

// Help is what --help of the command adds.
func (describeFlags) Help() string {
	return `Offsets and sizes are in bytes; v is a size that varies, and +n counts from the
end of the last field of such a size.

Examples:

    codegen describe Send
    codegen describe -C msgdef/rpc Delivery`
}

// describe draws a message. It returns the exit code.
func describe(f describeFlags, std streams) int {
	pkg, ok := definitions(f.Dir, std)
	if !ok {
		return exitFailed
	}
	s, err := explain.Find(pkg, f.Type)
	if err != nil {
		fmt.Fprintf(std.err, "codegen: %v\n", err)
		return exitFailed
	}
	explain.Describe(std.out, pkg, s)
	return exitOK
}

// definitions reads the definitions in dir, or in the usual places when it is
// empty. What is wrong with them is printed.
func definitions(dir string, std streams) (*ir.Package, bool) {
	var problems ir.Problems
	pkg, err := parse.Package(orHere(dir), &problems)
	if dir == "" && errors.Is(err, parse.ErrNoDefinitions) {
		if _, missing := os.Stat("msgdef"); missing == nil {
			pkg, err = parse.Package("msgdef", &problems)
		}
	}
	if err != nil {
		fmt.Fprintf(std.err, "codegen: %v\n", err)
		return nil, false
	}
	ir.Check(pkg, &problems)
	for _, p := range problems.Sorted() {
		if !p.Warning {
			fmt.Fprintln(std.err, p)
		}
	}
	return pkg, !problems.Failed()
}

func orHere(dir string) string {
	if dir == "" {
		return "."
	}
	return filepath.Clean(dir)
}
