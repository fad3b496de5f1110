package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// step is one thing that has to pass.
type step struct {
	name string
	what string
	run  func(context.Context, *runner) error
}

// skipped is returned by a step that could not run here, with the reason.
type skipped struct{ why string }

func (s skipped) Error() string { return s.why }

// The outcomes of a step.
const (
	statusOK      = "ok"
	statusFailed  = "failed"
	statusSkipped = "skipped"
	statusFlaky   = "flaky" // passed, with a test that passed only when it was run again
)

// result is the outcome of a step.
type result struct {
	Step    string  `json:"step"`
	Status  string  `json:"status"` // ok, failed, skipped, flaky
	Seconds float64 `json:"seconds"`
	Detail  string  `json:"detail,omitempty"` // the error, or why it was skipped
	Output  string  `json:"output,omitempty"` // the end of what a failed step printed
}

// choose returns the steps named in a comma-separated list, in their own
// order, or all of them. Every unknown name is reported.
func choose(all []step, only string) ([]step, error) {
	if only == "" {
		return all, nil
	}
	var chosen []step
	var unknown []string
	names := strings.Split(only, ",")
	for _, s := range all {
		if slices.Contains(names, s.name) {
			chosen = append(chosen, s)
		}
	}
	for _, n := range names {
		if !slices.ContainsFunc(all, func(s step) bool { return s.name == n }) {
			unknown = append(unknown, fmt.Sprintf("%q", n))
		}
	}
	if unknown != nil {
		return nil, fmt.Errorf("no such step: %s; --list shows them", strings.Join(unknown, ", "))
	}
	return chosen, nil
}

// runAll runs every step, also after a failed one, until ctx ends.
func runAll(ctx context.Context, r *runner, steps []step) []result {
	results := make([]result, 0, len(steps))
	for i, s := range steps {
		if ctx.Err() != nil {
			break
		}
		fmt.Fprintf(r.log, "== %d/%d %s: %s\n", i+1, len(steps), s.name, s.what)
		outcome := runOne(ctx, r, s)
		fmt.Fprintf(r.log, "== %s %s (%.1f s%s) %s\n", s.name, outcome.Status, outcome.Seconds, room(ctx, r), outcome.Detail)
		results = append(results, outcome)
	}
	return results
}

// room says how much the disk of builds and tests takes yet: a full one fails
// steps in ways that do not tell. It is "" where nobody knows.
func room(ctx context.Context, r *runner) string {
	own := *r
	own.log = io.Discard
	table, err := own.output(ctx, "df", "-Ph", os.TempDir())
	if fields := strings.Fields(table); err == nil && len(fields) > 3 {
		return ", " + fields[len(fields)-3] + " of disk left"
	}
	return ""
}

func runOne(ctx context.Context, r *runner, s step) result {
	output := &tail{most: 8 << 10}
	own := *r
	own.log = io.MultiWriter(r.log, output)
	start := time.Now()
	err := s.run(ctx, &own)
	outcome := result{Step: s.name, Status: statusOK, Seconds: time.Since(start).Seconds()}
	var skip skipped
	var chance flaky
	switch {
	case errors.As(err, &chance):
		outcome.Status, outcome.Detail = statusFlaky, chance.Error()
	case errors.As(err, &skip):
		outcome.Status, outcome.Detail = statusSkipped, skip.why
	case err != nil:
		outcome.Status, outcome.Detail, outcome.Output = statusFailed, err.Error(), output.String()
	}
	return outcome
}

func failed(results []result) (n int) {
	for _, r := range results {
		if r.Status == statusFailed {
			n++
		}
	}
	return n
}

// tail keeps the last bytes written to it.
type tail struct {
	most int // bytes
	kept []byte
}

// Write implements io.Writer and never fails.
func (t *tail) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p...)
	if extra := len(t.kept) - t.most; extra > 0 {
		t.kept = slices.Delete(t.kept, 0, extra)
	}
	return len(p), nil
}

func (t *tail) String() string { return string(t.kept) }
