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
	return exitOK
}

// outputs returns every file that belongs in the folder, the lock file last. It
// is meaningless when problems failed.
func outputs(f flags, problems *ir.Problems) ([]file, error) {
	pkg, err := parse.Package(f.Dir, problems)
	if err != nil {
		return nil, err
	}
	old, err := readLock(f.Lock)
	if err != nil {
		return nil, err
	}
	ir.Check(pkg, problems)
	requests := requests(pkg, problems)
	lock.Compare(f.Lock, old, pkg, problems)
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

// readLock reads the lock file; one that does not exist yet releases nothing.
func readLock(path string) (*lock.Lock, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &lock.Lock{}, nil
	}
	if err != nil {
		return nil, err
	}
	l, err := lock.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: restore the committed file", path, err)
	}
	return l, nil
}
