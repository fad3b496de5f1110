package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// ask runs a command and returns what it says and its exit code. Paths in dir
// are shown relative to it.
func ask(dir, stdin string, args ...string) string {
	var out bytes.Buffer
	code := run(args, streams{strings.NewReader(stdin), &out, &out})
	return strings.ReplaceAll(out.String(), dir+string(filepath.Separator), "") + fmt.Sprintf("exit %d\n", code)
}

// TestDiff compares what is told of old.lock and new.lock, in words and in JSON.
func TestDiff(t *testing.T) {
	golden(t, "diff", func(t *testing.T, sources []txtar.File) []txtar.File {
		dir := folder(t, sources)
		older, newer := filepath.Join(dir, "old.lock"), filepath.Join(dir, "new.lock")
		words := ask(dir, "", "diff", older, newer)
		if piped := ask(dir, read(t, older), "diff", "-", newer); piped != words && !strings.Contains(words, "old.lock") {
			t.Errorf("from standard input: %s", piped)
		}
		return []txtar.File{
			{Name: "want", Data: []byte(words)},
			{Name: "want.json", Data: []byte(ask(dir, "", "diff", "-json", older, newer))},
		}
	})
}

// TestDescribe and TestDecode run each line of the file args, of which -C names
// the folder of the case. The file stdin is standard input.
func TestDescribe(t *testing.T) { golden(t, "describe", asked("describe")) }

// TestDecode is as TestDescribe.
func TestDecode(t *testing.T) { golden(t, "decode", asked("decode")) }

func asked(command string) func(t *testing.T, sources []txtar.File) []txtar.File {
	return func(t *testing.T, sources []txtar.File) []txtar.File {
		files := texts(sources)
		dir := folder(t, sources)
		var said strings.Builder
		for _, line := range strings.Split(strings.TrimSpace(files["args"]), "\n") {
			fmt.Fprintf(&said, "> %s %s\n", command, line)
			args := append([]string{command, "-C", dir}, strings.Fields(line)...)
			said.WriteString(ask(dir, files["stdin"], args...))
		}
		return []txtar.File{{Name: "want", Data: []byte(said.String())}}
	}
}

// TestDefaultFolder finds definitions here, or in msgdef.
func TestDefaultFolder(t *testing.T) {
	t.Chdir("..")
	if got := ask("", "", "decode", "Ping", "0700000000000000"); !strings.HasPrefix(got, "Ping (0x0003, up), 8 bytes\n") {
		t.Errorf("beside msgdef: %s", got)
	}
	t.Chdir("msgdef")
	if got := ask("", "", "describe", "3"); !strings.HasPrefix(got, "Ping (0x0003, up, answered by Pong), 8 bytes\n") {
		t.Errorf("in msgdef: %s", got)
	}
	t.Chdir(t.TempDir())
	if got := ask("", "", "describe", "Ping"); !strings.Contains(got, "no message definitions here") || !strings.HasSuffix(got, "exit 1\n") {
		t.Errorf("elsewhere: %s", got)
	}
}
