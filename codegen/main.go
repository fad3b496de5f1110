package main

import (
	"fmt"
	"os"

	"github.com/sim-im/sim/codegen/backend/golang"
	"github.com/sim-im/sim/codegen/ir"
	"github.com/sim-im/sim/codegen/parse"
)

func main() {
	var problems ir.Problems
	pkg, err := parse.Package(os.Args[1], &problems)
	for _, p := range problems.Sorted() {
		fmt.Fprintln(os.Stderr, p)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	outs, err := golang.Generate(pkg)
	for _, o := range outs {
		os.WriteFile(os.Args[1]+"/"+o.Name, o.Data, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
