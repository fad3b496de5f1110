package main

import (
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// TestValid compares every output of the cases in testdata/valid.
func TestValid(t *testing.T) {
	golden(t, "valid", func(t *testing.T, sources []txtar.File) []txtar.File {
		dir := folder(t, sources)
		if report := generateIn(dir); report != "exit 0\n" {
			t.Fatal(report)
		}
		if report := generateIn(dir, "-check"); report != "exit 0\n" {
			t.Errorf("what was just written is stale: %s", report)
		}
		return outputsIn(t, dir, sources)
	})
}

// TestInvalid compares what is said of wrong definitions; nothing is written.
func TestInvalid(t *testing.T) {
	golden(t, "invalid", func(t *testing.T, sources []txtar.File) []txtar.File {
		dir := folder(t, sources)
		report := generateIn(dir)
		if left := outputsIn(t, dir, sources); len(left) > 0 {
			t.Errorf("%s was written", left[0].Name)
		}
		return []txtar.File{{Name: "want", Data: []byte(report)}}
	})
}

// TestBreaking generates old/, replaces it by new/, and compares what is said
// of the change. A refused change leaves the lock file as it was; of an accepted
// one the lock file is compared too.
func TestBreaking(t *testing.T) {
	golden(t, "breaking", func(t *testing.T, sources []txtar.File) []txtar.File {
		dir := folder(t, under("old/", sources))
		if report := generateIn(dir); report != "exit 0\n" {
			t.Fatalf("old: %s", report)
		}
		before := read(t, filepath.Join(dir, "msgdef.lock"))
		write(t, dir, under("new/", sources))
		report := generateIn(dir)
		after := read(t, filepath.Join(dir, "msgdef.lock"))
		want := []txtar.File{{Name: "want", Data: []byte(report)}}
		if strings.HasSuffix(report, "exit 0\n") {
			return append(want, txtar.File{Name: "want.lock", Data: []byte(after)})
		}
		if before != after {
			t.Error("the lock file of a refused change was written")
		}
		return want
	})
}
