package tutorial_test

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestTutorial follows the page.
func TestTutorial(t *testing.T) {
	if testing.Short() {
		t.Skip("builds programs, installs packages and starts a server")
	}
	r := newReader(t)
	asked := ""
	for _, b := range blocks(t) {
		t.Logf("README.md:%d: %s %s%s", b.line, b.kind, b.file, b.terminal)
		switch {
		case b.file != "":
			r.write(b)
		case b.kind == "sh" && b.terminal != "":
			r.terminals[b.terminal] = start(t, r.shell(filepath.Join(r.root, "poll"), r.ours(b.text)))
			asked = b.terminal
		case b.kind == "sh":
			r.run(b)
			asked = ""
		default:
			r.expect(b, asked)
		}
	}
}

// expect compares what the page says is printed with what was: by the terminal
// it names, or else by asked, which ran last.
func (r *reader) expect(b block, asked string) {
	r.Helper()
	lines := strings.Split(strings.TrimSuffix(b.text, "\n"), "\n")
	if b.terminal != "" {
		asked = b.terminal
	}
	got, ok := r.last, hasAll(r.last, lines)
	if asked != "" {
		ok = r.terminals[asked].await(lines)
		got = r.terminals[asked].text()
	}
	if !ok {
		r.Fatalf("README.md:%d: want\n%s\ngot\n%s", b.line, b.text, got)
	}
}
