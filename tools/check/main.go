// Command check is the one test command of the module: `go run ./tools/check`
// runs everything that a change has to pass, from formatting to a short load
// test, and lists at the end what failed. Continuous integration runs the
// same.
//
// It runs from any folder of the module, needs Go, and fetches what else it
// uses through the module proxy. Progress goes to stderr; --json puts one
// document on stdout. It imports the standard library only, so that it
// compiles at once and does not depend on what it checks.
//
// Exit codes: 0 all passed, 1 something failed, 2 wrong flags, 130 interrupted.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

const (
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is main without the process: it returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	opts, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		fmt.Fprintln(stderr, "check:", err)
		return exitUsage
	}
	selected, err := choose(steps(), opts.only)
	if err != nil {
		fmt.Fprintln(stderr, "check:", err)
		return exitUsage
	}
	if opts.list {
		for _, s := range selected {
			fmt.Fprintf(stdout, "%-9s %s\n", s.name, s.what)
		}
		return 0
	}
	root, err := moduleRoot()
	if err != nil {
		fmt.Fprintln(stderr, "check:", err)
		return exitFailed
	}
	r := &runner{root: root, inputs: opts.inputs, log: stderr}
	if opts.fix || opts.corpus {
		write := fix
		if opts.corpus {
			write = corpus
		}
		if err := write(ctx, r); err != nil {
			fmt.Fprintln(stderr, "check:", err)
			return exitFailed
		}
		return 0
	}
	selected, end := ahead(selected)
	defer end()
	results := runAll(ctx, r, selected)
	summarize(stderr, results)
	if opts.json {
		writeJSON(stdout, results)
	}
	switch {
	case ctx.Err() != nil:
		return exitInterrupted
	case failed(results) > 0:
		return exitFailed
	}
	return 0
}

type options struct {
	only   string
	list   bool
	json   bool
	fix    bool
	corpus bool
	inputs int // of each fuzz target
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("check", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.only, "only", "", "run only these `steps`, separated by commas")
	flags.BoolVar(&o.list, "list", false, "list the steps and exit")
	flags.BoolVar(&o.json, "json", false, "print one JSON document with the results on stdout")
	flags.BoolVar(&o.fix, "fix", false, "write what a machine can (generated files, format, BUILD.bazel) and exit")
	flags.BoolVar(&o.corpus, "corpus", false, "add to the corpora in testdata/fuzz what fuzzing finds, and exit")
	flags.IntVar(&o.inputs, "fuzz", 3000, "`inputs` tried for each fuzz target, a fifth of them for generated ones")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q; steps are chosen by --only", flags.Arg(0))
	}
	if o.inputs <= 0 {
		return o, fmt.Errorf("--fuzz is %d and must be above 0", o.inputs)
	}
	return o, nil
}
