package tutorial_test

import (
	"os"
	"strings"
	"testing"
)

// block is a fenced block of the page.
type block struct {
	line     int
	kind     string // "go", "ts", "sh", "text"
	file     string // of a file
	terminal string // of commands that go on, and of what they print
	text     string
}

// blocks returns the blocks of the page that are marked.
func blocks(t *testing.T) (list []block) {
	t.Helper()
	page, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var open *block
	for i, line := range strings.Split(string(page), "\n") {
		info, fence := strings.CutPrefix(line, "```")
		switch {
		case fence && open == nil:
			open = begin(t, i+1, info)
		case fence:
			list = append(list, *open)
			open = nil
		case open != nil:
			open.text += line + "\n"
		}
	}
	if open != nil || len(list) < 10 {
		t.Fatalf("%d blocks, and the last is open: %v", len(list), open != nil)
	}
	return list
}

// begin reads what stands behind a fence.
func begin(t *testing.T, line int, info string) *block {
	t.Helper()
	words := strings.Fields(info)
	if len(words) == 0 {
		t.Fatalf("README.md:%d: a block without a mark", line)
	}
	b := &block{line: line, kind: words[0]}
	for _, w := range words[1:] {
		if name, ok := strings.CutPrefix(w, "terminal="); ok {
			b.terminal = name
		} else {
			b.file = w
		}
	}
	isFile := b.kind == "go" || b.kind == "ts"
	if isFile != (b.file != "") || !isFile && b.kind != "sh" && b.kind != "text" {
		t.Fatalf("README.md:%d: a block that nobody follows: %q", line, info)
	}
	return b
}
