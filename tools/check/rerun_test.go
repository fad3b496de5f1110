package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRerun runs a module whose tests fail in one way each: chance alone is
// forgiven, and named.
func TestRerun(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles modules")
	}
	const luck = `if _, err := os.Stat("seen"); err != nil { os.WriteFile("seen", nil, 0o600); t.Fatal("bad luck") }`
	for name, c := range map[string]struct {
		body string
		want error
	}{
		"passes":      {`_ = os.Args`, nil},
		"by chance":   {luck, flaky{"TestLuck"}},
		"always":      {`_ = os.Args; t.Error("wrong")`, errTests},
		"panic":       {strings.Replace(luck, `t.Fatal("bad luck")`, `panic("bad luck")`, 1), errTests},
		"race":        {strings.Replace(luck, `t.Fatal("bad luck")`, `println("\nWARNING: DATA RACE"); t.Fatal()`, 1), errTests},
		"ends itself": {strings.Replace(luck, `t.Fatal("bad luck")`, `os.Exit(1)`, 1), errTests},
		"not built":   {`os.Nothing()`, errTests},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			write(t, filepath.Join(root, "go.mod"), "module trial\n\ngo 1.24\n")
			write(t, filepath.Join(root, "trial_test.go"), "package trial\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\n"+
				"func TestFine(*testing.T) {}\n\nfunc TestLuck(t *testing.T) {\n"+c.body+"\n}\n")
			var log bytes.Buffer
			err := worst(tests(t.Context(), &runner{root: root, log: &log}, []string{"-vet=off"}, "./..."))
			if diff := cmp.Diff(text(c.want), text(err)); diff != "" {
				t.Errorf("%s\n%s", diff, log.String())
			}
		})
	}
}

// TestWorst puts what failed before what only failed once.
func TestWorst(t *testing.T) {
	if err := worst(flaky{"TestA"}, nil, flaky{"TestB"}); text(err) != text(flaky{"TestA", "TestB"}) {
		t.Error(err)
	}
	if err := worst(flaky{"TestA"}, errTests); !errors.Is(err, errTests) {
		t.Error(err)
	}
}

// TestTogether waits for all, and keeps apart what they print.
func TestTogether(t *testing.T) {
	var log bytes.Buffer
	there := make(chan struct{})
	err := together(&runner{log: &log},
		func(r *runner) error {
			r.log.Write([]byte("one "))
			there <- struct{}{}
			<-there
			r.log.Write([]byte("two "))
			return flaky{"TestA"}
		},
		func(r *runner) error {
			<-there
			r.log.Write([]byte("three "))
			there <- struct{}{}
			return errTests
		})
	if !errors.Is(err, errTests) || log.String() != "one two three " {
		t.Errorf("%v, %q", err, log.String())
	}
}

// TestReader reads what comes in pieces.
func TestReader(t *testing.T) {
	var r reader
	for _, piece := range []string{"--- FA", "IL: TestOne (0.1s)\n    --- FAIL: TestOne/part (0.1s)\nFA", "IL\nFAIL\ta/b\t0.2s\nok  \tc\t0.1s\n"} {
		r.Write([]byte(piece))
	}
	if diff := cmp.Diff([]failure{{"a/b", "TestOne"}}, r.failures, cmp.AllowUnexported(failure{})); diff != "" || r.final {
		t.Error(diff, r.final)
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
