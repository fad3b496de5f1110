package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/sim-im/sim/codegen/lock"
)

// maxInput bounds what is read from a stream, in bytes.
const maxInput = 64 << 20

// diffFlags is the command line of diff.
type diffFlags struct {
	Old   string `arg:"" help:"Lock file of the older release; - is standard input." placeholder:"OLD"`
	New   string `arg:"" help:"Lock file of the newer one; - is standard input." placeholder:"NEW"`
	JSON  bool   `help:"Write JSON: lists added, changed, retired and breaking."`
	Names bool   `help:"Names are on the wire too, as in a package that emits json: a renamed field breaks."`
}

// Help is what --help of the command adds.
func (diffFlags) Help() string {
	return `Exit codes: 0 nothing breaks, 1 something does, 2 a file cannot be read.

Examples:

    codegen diff old.lock msgdef/msgdef.lock
    git show v1.2:msgdef/msgdef.lock | codegen diff - msgdef/msgdef.lock`
}

// diff compares two lock files. It returns the exit code.
func diff(f diffFlags, std streams) int {
	if f.Old == "-" && f.New == "-" {
		fmt.Fprintln(std.err, "codegen: only one of two lock files can come from standard input")
		return exitUsage
	}
	var locks [2]*lock.Lock
	for i, path := range []string{f.Old, f.New} {
		l, err := loadLock(path, std.in)
		if err != nil {
			fmt.Fprintf(std.err, "codegen: %v\n", err)
			return exitUsage
		}
		locks[i] = l
	}
	changes := lock.Diff(locks[0], locks[1], lock.Rules{Named: f.Names})
	if f.JSON {
		out := json.NewEncoder(std.out)
		out.SetIndent("", "  ")
		_ = out.Encode(changes) // lists of strings; a closed pipe is the reader's wish
	} else {
		writeChanges(std.out, changes)
	}
	if !changes.Compatible() {
		return exitFailed
	}
	return exitOK
}

// errNoInput is what is left when the command before a pipe failed. Taken for a
// lock file, everything would be new and nothing could break.
var errNoInput = errors.New("standard input is empty: to compare with nothing, name /dev/null")

// loadLock reads a lock file, or standard input when path is "-".
func loadLock(path string, in io.Reader) (*lock.Lock, error) {
	var text []byte
	var err error
	if path == "-" {
		text, err = io.ReadAll(io.LimitReader(in, maxInput))
		if err == nil && len(text) == 0 {
			err = errNoInput
		}
	} else {
		text, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, err
	}
	l, err := lock.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return l, nil
}

// writeChanges writes the lists that are not empty.
func writeChanges(w io.Writer, c *lock.Changes) {
	if c.Empty() {
		fmt.Fprintln(w, "Nothing changed.")
		return
	}
	gap := ""
	for _, group := range []struct {
		title string
		lines []string
	}{{"Breaking", c.Breaking}, {"Added", c.Added}, {"Changed", c.Changed}, {"Retired", c.Retired}} {
		if len(group.lines) == 0 {
			continue
		}
		fmt.Fprintf(w, "%s%s:\n", gap, group.title)
		for _, line := range group.lines {
			fmt.Fprintf(w, "- %s\n", line)
		}
		gap = "\n"
	}
}
