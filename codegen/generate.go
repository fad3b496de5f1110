package main

import (
	"errors"
	"fmt"
	"go/scanner"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/sim-im/sim/codegen/ir"
	"github.com/sim-im/sim/codegen/lock"
	"github.com/sim-im/sim/codegen/parse"
)

// flags is the command line of generate.
type flags struct {
	Check bool   `help:"Write nothing; fail when an output or the lock file is stale."`
	Lock  string `help:"Lock file; DIR/msgdef.lock when not given." placeholder:"FILE"`
	Dir   string `arg:"" help:"Folder of the message definitions." placeholder:"DIR"`
}

// generate runs the pipeline and reports on stderr. It returns the exit code.
func generate(f flags, stderr io.Writer) int {
	if f.Lock == "" {
		f.Lock = filepath.Join(f.Dir, "msgdef.lock")
	}
	var problems ir.Problems
	outputs, err := outputs(f, &problems)
	for _, p := range problems.Sorted() {
		fmt.Fprintln(stderr, p)
	}
	if err == nil && !problems.Failed() {
		err = deliver(f, outputs)
	}
	scanner.PrintError(stderr, err) // one line for each error of syntax
	if err != nil || problems.Failed() {
		return exitFailed
	}
	if abs, err := filepath.Abs(f.Dir); err == nil && !parse.InModule(abs) {
		fmt.Fprintf(stderr, "%s: warning: the codecs do not compile, for there is no go.mod above them: run go mod init, then go get github.com/sim-im/sim\n", f.Dir)
	}
	return exitOK
}

// outputs returns every file that belongs in the folder, the lock file last. It
// is meaningless when problems failed.
func outputs(f flags, problems *ir.Problems) ([]file, error) {
	pkg, err := parse.Package(f.Dir, problems)
	if err != nil {
		return nil, err
	}
	old, err := readLock(f, problems)
	if err != nil {
		return nil, err
	}
	ir.Check(pkg, problems)
	requests := requests(pkg, problems)
	if old != nil {
		lock.Compare(f.Lock, old, pkg, lock.Rules{Named: named(requests)}, problems)
	}
	if problems.Failed() {
		return nil, nil
	}
	var files []file
	for _, r := range requests {
		more, err := r.files(f.Dir, pkg)
		if err != nil {
			return nil, err
		}
		files = append(files, more...)
	}
	return append(files, file{path: f.Lock, data: lock.Of(pkg, old).Format()}), nil
}

// readLock reads the lock file; it is nil when that is not possible, and
// problems has why. One that does not exist yet releases nothing.
func readLock(f flags, problems *ir.Problems) (*lock.Lock, error) {
	left, err := leftovers(f.Dir, nil) // before the file, which a run at the same time writes first
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(f.Lock)
	missing := errors.Is(err, fs.ErrNotExist)
	if err != nil && !missing {
		return nil, err
	}
	l, err := lock.Parse(text)
	for _, e := range lock.Errors(err) {
		problems.Add(ir.Pos{File: f.Lock, Line: e.Line, Col: 1}, e.Fix, "%s", e.Text)
	}
	if err != nil {
		return nil, nil //nolint:nilerr // problems has it, line by line
	}
	if len(left) > 0 && len(l.Structs)+len(l.Retired) == 0 {
		lost(f, missing, left[0], problems)
	}
	return l, nil
}

// lost reports a lock file that says nothing beside outputs: they were generated
// from one that is gone, and with it what they promise.
func lost(f flags, missing bool, output string, problems *ir.Problems) {
	how := "empty"
	if missing {
		how = "missing"
	}
	problems.Add(ir.Pos{File: f.Lock, Line: 1, Col: 1},
		"restore it from version control; to begin anew, delete "+output+" and its like", "the lock file is %s", how)
}
