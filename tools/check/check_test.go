package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func sample() []step {
	return []step{
		{"good", "passes", func(context.Context, *runner) error { return nil }},
		{"bad", "fails", func(_ context.Context, r *runner) error {
			fmt.Fprintln(r.log, "line of the failure")
			return errors.New("broken")
		}},
		{"absent", "skips", func(context.Context, *runner) error { return skipped{"not here"} }},
	}
}

// TestRunAll goes on after a failure, and says everything at the end.
func TestRunAll(t *testing.T) {
	var log bytes.Buffer
	results := runAll(t.Context(), &runner{log: &log}, sample())
	var got []string
	for _, r := range results {
		got = append(got, r.Step+" "+r.Status)
	}
	if diff := cmp.Diff([]string{"good ok", "bad failed", "absent skipped"}, got); diff != "" {
		t.Fatal(diff)
	}
	var summary bytes.Buffer
	summarize(&summary, results)
	for _, want := range []string{"line of the failure", "broken", "not here", "1 of 3 steps failed"} {
		if !strings.Contains(summary.String(), want) {
			t.Errorf("the summary lacks %q:\n%s", want, summary.String())
		}
	}
	if !strings.Contains(log.String(), "== 2/3 bad: fails") {
		t.Errorf("no progress:\n%s", log.String())
	}
}

// TestInterrupted stops before the next step.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if results := runAll(ctx, &runner{log: io.Discard}, sample()); len(results) != 0 {
		t.Errorf("ran %v", results)
	}
}

// TestJSON pins the document.
func TestJSON(t *testing.T) {
	var out bytes.Buffer
	writeJSON(&out, runAll(t.Context(), &runner{log: io.Discard}, sample()))
	var got struct {
		OK    bool
		Steps []struct{ Step, Status, Detail string }
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.OK || len(got.Steps) != 3 || got.Steps[1].Detail != "broken" {
		t.Errorf("got %+v", got)
	}
}

// TestUsage reports every unknown step, and wrong flags, with exit code 2.
func TestUsage(t *testing.T) {
	tests := []struct {
		args string
		code int
		want string
	}{
		{"-list", 0, ""},
		{"-help", 0, "-fuzz"},
		{"-only nope,vet,neither", exitUsage, `"nope", "neither"`},
		{"-fuzz 0", exitUsage, "must be above 0"},
		{"-fuzz soon", exitUsage, "soon"},
		{"lint", exitUsage, "--only"},
	}
	for _, tt := range tests {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), strings.Fields(tt.args), &stdout, &stderr); code != tt.code {
			t.Errorf("%s: exit code %d, want %d", tt.args, code, tt.code)
		}
		if !strings.Contains(stderr.String(), tt.want) {
			t.Errorf("%s: said %q, want %q", tt.args, stderr.String(), tt.want)
		}
	}
}

// TestChoose keeps the order of the list, whatever the order asked for.
func TestChoose(t *testing.T) {
	chosen, err := choose(sample(), "absent,good")
	if err != nil || len(chosen) != 2 || chosen[0].name != "good" {
		t.Errorf("chose %v, %v", chosen, err)
	}
}

// TestCommand runs real commands: their failure and their end by ctx.
func TestCommand(t *testing.T) {
	var log bytes.Buffer
	r := &runner{root: t.TempDir(), log: &log}
	if err := r.run(t.Context(), "go", "no-such-command"); err == nil {
		t.Error("a wrong command passed")
	}
	if !strings.Contains(log.String(), "no-such-command") {
		t.Errorf("its output is gone: %q", log.String())
	}
	log.Reset()
	if err := r.quiet(t.Context(), "go", "version"); err != nil || log.Len() != 0 {
		t.Errorf("a quiet command that passed: %v, said %q", err, log.String())
	}
	if err := r.quiet(t.Context(), "go", "no-such-command"); err == nil || !strings.Contains(log.String(), "no-such-command") {
		t.Errorf("a quiet command that failed: %v, said %q", err, log.String())
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := r.run(ctx, "sleep", "600"); err == nil {
		t.Error("an interrupted command passed")
	}
}

// TestDiscover finds fuzz targets, not what only looks like one.
func TestDiscover(t *testing.T) {
	tree := fstest.MapFS{
		"a/x_test.go":          {Data: []byte("package a\nfunc FuzzOne(f *testing.F) {}\nfunc (t T) FuzzNot(f *testing.F) {}\nfunc FuzzHow() {}\n")},
		"a/x.go":               {Data: []byte("package a\nfunc FuzzNo(f *testing.F) {}\n")},
		"a/testdata/x_test.go": {Data: []byte("wrong on purpose")},
		".git/x_test.go":       {Data: []byte("wrong")},
		"b/c/y_gen_test.go":    {Data: []byte("package c\nfunc FuzzTwo(f *testing.F) {}\n")},
	}
	got, err := discover(tree)
	if err != nil {
		t.Fatal(err)
	}
	want := []target{{"a", "FuzzOne", false}, {"b/c", "FuzzTwo", true}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(target{})); diff != "" {
		t.Error(diff)
	}
}

// TestChoice takes the fewest inputs that reach everything, within a number.
func TestChoice(t *testing.T) {
	set := func(blocks ...string) map[string]bool {
		all := make(map[string]bool)
		for _, b := range blocks {
			all[b] = true
		}
		return all
	}
	gains := map[string]map[string]bool{
		"old": set("a"), "one": set("a", "b"), "two": set("b", "c", "d"), "last": set("e"), "same": set("e"),
	}
	for n, want := range [][]string{nil, {"two"}, {"last", "two"}, {"last", "two"}} {
		if diff := cmp.Diff(want, choice(set("a"), gains, n)); diff != "" {
			t.Errorf("%d: %s", n, diff)
		}
	}
}

// TestBlocks reads what a profile says was reached.
func TestBlocks(t *testing.T) {
	profile := filepath.Join(t.TempDir(), "profile")
	text := "mode: set\na.go:1.2,3.4 2 1\na.go:5.6,7.8 1 0\nb.go:1.1,2.2 1 10\n"
	if err := os.WriteFile(profile, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := blocks(profile)
	if diff := cmp.Diff(map[string]bool{"a.go:1.2,3.4": true, "b.go:1.1,2.2": true}, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

// TestFormat finds what gofmt would change.
func TestFormat(t *testing.T) {
	tree := fstest.MapFS{
		"a/right.go":          {Data: []byte("package a\n")},
		"a/wrong.go":          {Data: []byte("package  a\n")},
		"a/testdata/wrong.go": {Data: []byte("package  a\n")},
	}
	got, err := unformatted(tree)
	if diff := cmp.Diff([]string{"a/wrong.go"}, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

// TestTail keeps the end, where the reason of a failure stands.
func TestTail(t *testing.T) {
	output := &tail{most: 4}
	for _, s := range []string{"ab", "cd", "efghij", "k"} {
		if n, err := output.Write([]byte(s)); n != len(s) || err != nil {
			t.Fatal(n, err)
		}
	}
	if output.String() != "hijk" {
		t.Errorf("kept %q", output.String())
	}
}
