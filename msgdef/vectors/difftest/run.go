package difftest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/sim-im/sim/msgdef/vectors/layout"
	"github.com/sim-im/sim/msgdef/wire/wiretest"
)

// How many lines a program is asked, and of short tests, for each package; and
// how many differences are shown.
const (
	count      = 50000
	countShort = 10000
	shown      = 20
)

// seed makes the lines; another one asks other questions.
const seed = 4

// Run asks cmd, a conformance program that reads lines, about the structs of a
// package and fails where it disagrees with the Go codecs. lock is the path of
// the package's msgdef.lock, samples is Messages() or Kinds().
func Run(t *testing.T, cmd *exec.Cmd, lock string, samples []wiretest.Message) {
	t.Helper()
	text, err := os.ReadFile(lock)
	if err != nil {
		t.Fatal(err)
	}
	set, err := layout.Parse(string(text))
	if err != nil {
		t.Fatal(err)
	}
	n := count
	if testing.Short() {
		n = countShort
	}
	asked := lines(set, n, seed)
	answers := ask(t, cmd, asked)
	wrong, tally := compare(samples, asked, answers)
	for _, w := range wrong[:min(len(wrong), shown)] {
		t.Error(w)
	}
	t.Logf("%d lines, %d answered differently; Go says %v", len(asked), len(wrong), tally)
}

// ask gives all lines to cmd and returns its answers.
func ask(t *testing.T, cmd *exec.Cmd, asked []line) []string {
	t.Helper()
	var in, errors bytes.Buffer
	for _, l := range asked {
		fmt.Fprintln(&in, l)
	}
	cmd.Stdin, cmd.Stderr = &in, &errors
	out, err := cmd.Output()
	if err != nil || errors.Len() > 0 {
		t.Errorf("%v: %v\n%s", cmd, err, errors.String())
	}
	return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
}

// compare returns the differences, and how often Go gave each verdict.
func compare(samples []wiretest.Message, asked []line, answers []string) (wrong []string, tally map[string]int) {
	tally = make(map[string]int)
	if len(answers) != len(asked) {
		wrong = append(wrong, fmt.Sprintf("%d answers to %d lines", len(answers), len(asked)))
	}
	byName := make(map[string]wiretest.Message)
	for _, m := range samples {
		byName[Name(m)] = m
	}
	for i, l := range asked[:min(len(asked), len(answers))] {
		m := byName[l.of]
		want := verdict(m, l.bytes)
		tally[strings.Fields(want)[0]]++
		if !same(m, answers[i], want) {
			wrong = append(wrong, fmt.Sprintf("%s (%s)\n got %s\nwant %s", brief(l.String()), l.why, brief(answers[i]), brief(want)))
		}
	}
	return wrong, tally
}

// brief cuts a line that is too long to look at.
func brief(s string) string {
	const most = 600
	if len(s) > most {
		return s[:most] + fmt.Sprintf("… (%d more)", len(s)-most)
	}
	return s
}
