package difftest

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/sim-im/sim/msgdef/vectors/layout"
	"github.com/sim-im/sim/msgdef/wire/wiretest"
)

// program in the environment makes the test binary a conformance program.
const program = "DIFFTEST_PROGRAM"

const lock = "../kinds/msgdef.lock"

func TestMain(m *testing.M) {
	if os.Getenv(program) != "" {
		for in := bufio.NewReader(os.Stdin); answerLine(in); {
		}
		return
	}
	os.Exit(m.Run())
}

// answerLine answers one line by the Go codecs.
func answerLine(in *bufio.Reader) bool {
	text, err := in.ReadString('\n')
	if err != nil {
		return false
	}
	name, data, _ := strings.Cut(strings.TrimSpace(text), " ")
	var b []byte
	_, err = fmt.Sscanf(data, "%x", &b)
	if data != "" && err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	for _, m := range Kinds() {
		if Name(m) == name {
			fmt.Println(verdict(m, b))
		}
	}
	return true
}

// TestRun has the Go codecs agree with themselves, through a process.
func TestRun(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), program+"=1")
	Run(t, cmd, lock, Kinds())
}

func asked(t *testing.T) (set *layout.Set, questions []line) {
	t.Helper()
	text, err := os.ReadFile(lock)
	if err != nil {
		t.Fatal(err)
	}
	set, err = layout.Parse(string(text))
	if err != nil {
		t.Fatal(err)
	}
	return set, lines(set, 10000, seed)
}

// TestLines proves that the lines ask about every struct and get every verdict
// often enough to tell something.
func TestLines(t *testing.T) {
	set, questions := asked(t)
	verdicts := make(map[string]int)
	of := make(map[string]wiretest.Message)
	for _, m := range Kinds() {
		of[Name(m)] = m
	}
	for _, l := range questions {
		verdicts[l.of]++
		verdicts[strings.Fields(verdict(of[l.of], l.bytes))[0]]++
	}
	for _, name := range append(set.Names, "ok", "short", "limit", "malformed") {
		if verdicts[name] < 300 {
			t.Errorf("%s: %d of %d", name, verdicts[name], len(questions))
		}
	}
}

// TestValidIsAccepted proves that what layout calls valid is.
func TestValidIsAccepted(t *testing.T) {
	_, questions := asked(t)
	for _, m := range Kinds() {
		for _, l := range questions {
			if got := verdict(m, l.bytes); l.of == Name(m) && l.why == "valid" && !strings.HasPrefix(got, "ok") {
				t.Errorf("%v: %s", l, got)
			}
		}
	}
}

// TestCompare proves that every kind of wrong answer is found.
func TestCompare(t *testing.T) {
	questions := []line{{"Point", "valid", []byte{1, 0, 0, 0, 2, 0, 0, 0, 1}}, {"Point", "cut", nil}, {"Empty", "valid", []byte{1}}}
	right := []string{"ok 010000000200000001", "short", "ok"}
	if wrong, tally := compare(Kinds(), questions, right); len(wrong) > 0 || tally["ok"] != 2 {
		t.Errorf("%v %v", wrong, tally)
	}
	for _, answers := range [][]string{
		{"ok 010000000200000000", "short", "ok"}, // another value
		{"ok 010000000200000001", "limit", "ok"}, // another class
		{"ok 010000000200000001", "ok", "ok"},    // accepted
		{"short", "short", "ok"},                 // refused
		{"ok 0100000002", "short", "ok"},         // not an encoding
		{"ok 010000000200000001", "short", "ok 01"},
		{"ok 010000000200000001", "short"},
		{"ok 010000000200000001", "short", "ok", "ok"},
	} {
		if wrong, _ := compare(Kinds(), questions, answers); len(wrong) != 1 {
			t.Errorf("%q: %q", answers, wrong)
		}
	}
}

// TestNaN proves that one NaN is as good as another, but not as a number.
func TestNaN(t *testing.T) {
	scalars := fresh("Scalars")
	zero := strings.Repeat("00", 56)
	with := func(float string) string { return "ok " + zero[:62] + float + zero[70:] }
	for answer, want := range map[string]bool{"0000c07f": true, "010080ff": true, "0000807f": false, "00000000": false} {
		if got := same(scalars, with(answer), with("0000c0ff")); got != want {
			t.Errorf("%s for a NaN: %v", answer, got)
		}
	}
}

func fresh(name string) wiretest.Message {
	for _, m := range Kinds() {
		if Name(m) == name {
			return m
		}
	}
	return nil
}
