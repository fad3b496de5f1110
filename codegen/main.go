package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/alecthomas/kong"
)

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// flags is the command line.
type flags struct {
	Check bool   `help:"Write nothing; fail when an output or the lock file is stale."`
	Lock  string `help:"Lock file; DIR/msgdef.lock when not given." placeholder:"FILE"`
	Dir   string `arg:"" help:"Folder of the message definitions." placeholder:"DIR"`
}

const description = `Write the codecs of the message definitions in a folder.

Examples:

    codegen .                      in a go:generate line
    codegen -check msgdef          in continuous integration
    codegen -lock v2.lock msgdef   with a lock file elsewhere`

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run is main without the process: it returns the exit code.
func run(args []string, stdout, stderr io.Writer) int {
	var f flags
	exit := -1
	parser, err := kong.New(&f,
		kong.Name("codegen"), kong.Description(description), kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { exit = code }),
	)
	if err == nil {
		_, err = parser.Parse(doubleDashes(args))
	}
	if exit >= 0 { // --help
		return exit
	}
	if err != nil {
		fmt.Fprintf(stderr, "codegen: %v\nRun codegen --help to see the flags.\n", err)
		return exitUsage
	}
	return generate(f, stderr)
}

// doubleDashes accepts -check for --check, as Go's own tools write it.
func doubleDashes(args []string) []string {
	out := make([]string, len(args))
	for i, a := range args {
		if strings.HasPrefix(a, "-") && !strings.HasPrefix(a, "--") && len(a) > 2 {
			a = "-" + a
		}
		out[i] = a
	}
	return out
}
