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

// commandLine is what can be asked for.
type commandLine struct {
	Generate flags         `cmd:"" default:"withargs" help:"Write the codecs of the definitions in a folder; the word generate may be left out."`
	Diff     diffFlags     `cmd:"" help:"Tell what changed between two lock files, in words for a changelog."`
	Describe describeFlags `cmd:"" help:"Draw the bytes of a message."`
	Decode   decodeFlags   `cmd:"" help:"Explain captured bytes, field by field."`
}

const description = `Codecs from Go structs: write them, and explain them.

Examples:

    codegen .                      in a go:generate line
    codegen -check msgdef          in continuous integration
    codegen -lock v2.lock msgdef   with a lock file elsewhere

    git show v1.2:msgdef/msgdef.lock | codegen diff - msgdef/msgdef.lock
    codegen describe -C msgdef Send
    codegen decode -C msgdef Ping 0700000000000000
    codegen decode -C msgdef --frame 0300 0800 0700000000000000

A folder called like a command is written ./diff.

Exit codes: 0 done; 1 definitions, changes or bytes are refused, or an output
is stale; 2 the command line is wrong, or a file of diff cannot be read.`

// streams are where a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

func main() {
	os.Exit(run(os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}))
}

// run is main without the process: it returns the exit code.
func run(args []string, std streams) int {
	var c commandLine
	exit := -1
	parser, err := kong.New(&c,
		kong.Name("codegen"), kong.Description(description), kong.Writers(std.out, std.err),
		kong.ConfigureHelp(kong.HelpOptions{WrapUpperBound: 100}),
		kong.Exit(func(code int) { exit = code }),
	)
	var parsed *kong.Context
	if err == nil {
		parsed, err = parser.Parse(doubleDashes(args))
	}
	if exit >= 0 { // --help
		return exit
	}
	if err != nil {
		fmt.Fprintf(std.err, "codegen: %v\nRun codegen --help to see the commands and flags.\n", err)
		return exitUsage
	}
	switch command, _, _ := strings.Cut(parsed.Command(), " "); command {
	case "diff":
		return diff(c.Diff, std)
	case "describe":
		return describe(c.Describe, std)
	case "decode":
		return decode(c.Decode, std)
	}
	return generate(c.Generate, std.err)
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
