package main

import (
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// TestReadme checks what README.md shows: its definitions, and what the commands
// say of them.
func TestReadme(t *testing.T) {
	readme := read(t, "README.md")
	_, source, ok := strings.Cut(readme, "```go\n// Package messages")
	source, _, _ = strings.Cut(source, "```")
	if !ok {
		t.Fatal("the definitions are gone")
	}
	dir := folder(t, []txtar.File{{Name: "messages.go", Data: []byte("// Package messages" + source)}})
	if report := generateIn(dir); report != "exit 0\n" {
		t.Fatal(report)
	}
	lines := strings.Split(readme, "\n")
	shown := 0
	for i, line := range lines {
		command, ok := strings.CutPrefix(line, "    go tool codegen ")
		args := strings.Fields(strings.Replace(command, "-C messages", "-C "+dir, 1))
		if !ok || args[0] != "describe" && args[0] != "decode" {
			continue
		}
		shown++
		said, _, _ := strings.Cut(ask(dir, "", args...), "exit ")
		for j, want := range strings.Split(strings.TrimSpace(said), "\n") {
			if got := lines[i+2+j]; strings.TrimSpace(got) != strings.TrimSpace(want) {
				t.Errorf("README.md:%d shows %q, %s says %q", i+3+j, got, args[0], want)
			}
		}
	}
	if shown != 2 {
		t.Errorf("README.md shows %d commands", shown)
	}
}
