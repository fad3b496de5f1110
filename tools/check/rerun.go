package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
)

// Some failures tell more of a busy machine than of the code: a test that failed
// among all the others is run again by itself. One that fails again fails the
// step, and one that does not is named in the summary, as it needs mending all the same.
// Neither a data race nor a panic is ever given a second chance.
const (
	again     = 5 // times that a failed test has to pass
	mostAgain = 3 // failed tests of a run that are tried again: more are not chance
)

var errTests = errors.New("some tests failed")

// flaky is returned by a step whose failed tests passed later.
type flaky []string

func (f flaky) Error() string {
	return "passed, but not at the first try: " + strings.Join(f, ", ")
}

// failure is a test that failed.
type failure struct{ pkg, name string }

// reader finds in what go test prints the tests that failed.
type reader struct {
	line     []byte // the beginning of the one under way
	open     []string
	failures []failure
	final    bool // something failed that no other run makes good
}

// Write implements io.Writer and never fails.
func (r *reader) Write(p []byte) (int, error) {
	n := len(p)
	for {
		end := bytes.IndexByte(p, '\n')
		if end < 0 {
			r.line = append(r.line, p...)
			return n, nil
		}
		r.read(string(append(r.line, p[:end]...)))
		r.line, p = r.line[:0], p[end+1:]
	}
}

func (r *reader) read(line string) {
	if name, ok := strings.CutPrefix(line, "--- FAIL: "); ok {
		name, _, _ = strings.Cut(name, " ")
		r.open = append(r.open, name)
	}
	if strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ") || strings.HasPrefix(line, "WARNING: DATA RACE") {
		r.final = true
	}
	if rest, ok := strings.CutPrefix(line, "FAIL\t"); ok {
		pkg := strings.Fields(rest)[0]
		r.final = r.final || len(r.open) == 0 // it was not built, or ended by itself
		for _, name := range r.open {
			r.failures = append(r.failures, failure{pkg, name})
		}
		r.open = nil
	}
}

// tests runs go test with the flags given, on the packages given, and again what
// may have failed by chance. It returns nil, errTests or flaky.
func tests(ctx context.Context, r *runner, flags []string, packages ...string) error {
	command := append([]string{"go", "test"}, flags...)
	var seen reader
	out := io.MultiWriter(r.log, &seen)
	if r.command(ctx, out, out, slices.Concat(command, packages)...) == nil {
		return nil
	}
	if seen.final || len(seen.failures) == 0 || len(seen.failures) > mostAgain {
		return errTests
	}
	var names flaky
	for _, f := range seen.failures {
		fmt.Fprintf(r.log, "%s of %s failed: trying it %d times by itself\n", f.name, f.pkg, again)
		alone := []string{fmt.Sprintf("-count=%d", again), "-run=^" + f.name + "$", f.pkg}
		if r.run(ctx, slices.Concat(command, alone)...) != nil {
			return errTests
		}
		names = append(names, f.name)
	}
	return names
}

// together has runs of tests go on at the same time. What each prints is not mixed
// with what others do.
func together(r *runner, runs ...func(*runner) error) error {
	logs, outcomes := make([]bytes.Buffer, len(runs)), make([]error, len(runs))
	var all sync.WaitGroup
	for i, run := range runs {
		own := *r
		own.log = &logs[i]
		all.Go(func() { outcomes[i] = run(&own) })
	}
	all.Wait()
	for i := range logs {
		r.log.Write(logs[i].Bytes())
	}
	return worst(outcomes...)
}

// worst sums up what runs of tests returned.
func worst(outcomes ...error) error {
	var names flaky
	for _, err := range outcomes {
		var f flaky
		if errors.As(err, &f) {
			names = append(names, f...)
		} else if err != nil {
			return err
		}
	}
	if names == nil {
		return nil
	}
	return names
}
