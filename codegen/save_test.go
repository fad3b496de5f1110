package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestInTheWay puts what cannot be replaced where outputs go. Each is reported,
// and nothing is written, not even the outputs before it.
func TestInTheWay(t *testing.T) {
	emit := "\n//msgdef:emit typescript dir=ts name=sample\n"
	for name, c := range map[string]struct {
		put  func(t *testing.T, dir string)
		want string
	}{
		"a folder":            {func(t *testing.T, dir string) { mkdir(t, filepath.Join(dir, "types_gen.go")) }, "types_gen.go: is a directory"},
		"a file for a folder": {func(t *testing.T, dir string) { saveFile(t, filepath.Join(dir, "ts"), []byte("mine")) }, "ts"},
		"a file of people": {func(t *testing.T, dir string) {
			saveFile(t, filepath.Join(dir, "types_gen.go"), []byte("package sample\n"))
		}, "types_gen.go was not written by this generator: rename it, or delete it"},
	} {
		t.Run(name, func(t *testing.T) {
			sources := oneFile(oneMessage + emit)
			dir := folder(t, sources)
			c.put(t, dir)
			before := outputsIn(t, dir, sources)
			if report := generateIn(dir); !strings.Contains(report, c.want) || !strings.HasSuffix(report, "exit 1\n") {
				t.Errorf("got %s", report)
			}
			if after := outputsIn(t, dir, sources); len(after) != len(before) {
				t.Errorf("%d files were written", len(after)-len(before))
			}
		})
	}
}

// TestInterrupted leaves behind what a run may that is killed, and one that
// wrote in place; the next one makes it good.
func TestInterrupted(t *testing.T) {
	dir := folder(t, oneFile(oneMessage))
	generateIn(dir)
	want := outputsIn(t, dir, oneFile(""))
	half := filepath.Join(dir, "t_gen.go")
	for _, size := range []int{0, 10, 200} {
		saveFile(t, half, []byte(read(t, half)[:size]))
		saveFile(t, filepath.Join(dir, staging+"t_gen.go-1"), []byte("package sam"))
		for _, gone := range []string{"types_gen.go", "dispatch_gen.go"} {
			if err := os.Remove(filepath.Join(dir, gone)); err != nil {
				t.Fatal(err)
			}
		}
		if report := generateIn(dir); report != "exit 0\n" {
			t.Fatal(report)
		}
		if report := generateIn(dir, "-check"); report != "exit 0\n" {
			t.Error(report)
		}
		if err := os.Remove(filepath.Join(dir, staging+"t_gen.go-1")); err != nil {
			t.Fatal(err)
		}
		if got := outputsIn(t, dir, oneFile("")); len(got) != len(want) {
			t.Errorf("%d files, want %d", len(got), len(want))
		}
	}
}

// TestAtOnce runs several generators on one folder.
func TestAtOnce(t *testing.T) {
	dir := folder(t, oneFile(oneMessage))
	reports := make(chan string)
	for range 8 {
		go func() { reports <- generateIn(dir) }()
	}
	for range 8 {
		if report := <-reports; report != "exit 0\n" {
			t.Error(report)
		}
	}
	if report := generateIn(dir, "-check"); report != "exit 0\n" {
		t.Error(report)
	}
	if left, err := filepath.Glob(filepath.Join(dir, staging+"*")); err != nil || len(left) > 0 {
		t.Errorf("%v is left: %v", left, err)
	}
}

// TestLinks generates in a folder that a link leads to, with an output that a
// link leads out of it.
func TestLinks(t *testing.T) {
	dir := folder(t, oneFile(oneMessage+"\n//msgdef:emit typescript dir=ts name=sample\n"))
	link, elsewhere := filepath.Join(filepath.Dir(dir), "link"), t.TempDir()
	for from, to := range map[string]string{link: dir, filepath.Join(dir, "ts"): elsewhere} {
		if err := os.Symlink(to, from); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{nil, {"-check"}} {
		if report := generateIn(link, args...); report != "exit 0\n" {
			t.Errorf("%v: %s", args, report)
		}
	}
	read(t, filepath.Join(elsewhere, "src", "t.ts"))
}

// TestLineEnds takes outputs that git gave the ends of lines of Windows for
// what they are.
func TestLineEnds(t *testing.T) {
	dir := folder(t, oneFile(strings.ReplaceAll(oneMessage, "\n", "\r\n")))
	generateIn(dir)
	for _, f := range outputsIn(t, dir, oneFile("")) {
		saveFile(t, filepath.Join(dir, strings.TrimPrefix(f.Name, "want/")), []byte(strings.ReplaceAll(string(f.Data), "\n", "\r\n")))
	}
	if report := generateIn(dir, "-check"); report != "exit 0\n" {
		t.Error(report)
	}
}
