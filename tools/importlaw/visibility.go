package importlaw

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Visibility returns who may depend on the Bazel libraries of a folder, sorted.
// It is the part of the law that Bazel can hold: a pattern takes in everything
// below a folder, so it cannot tell gate from gate/client, nor mains from the
// rest; Check can.
func Visibility(folder string) []string {
	to, ok := find(folder)
	if !ok {
		return nil
	}
	if to.level == 0 {
		return []string{"//visibility:public"}
	}
	var users []string
	for _, from := range layers() {
		if from.path == to.path || verdict(Package{Path: from.path, Main: true}, folder) == "" {
			users = append(users, from.path)
		}
	}
	return subpackages(users)
}

// subpackages returns the patterns for folders, without those below another.
func subpackages(folders []string) []string {
	slices.Sort(folders)
	var patterns []string
	above := "\x00"
	for _, folder := range folders {
		if strings.HasPrefix(folder, above+"/") {
			continue
		}
		above = folder
		patterns = append(patterns, "//"+folder+":__subpackages__")
	}
	return patterns
}

// Stated returns text, a BUILD.bazel file of a folder, with the visibility of
// its go_library rules as the law has it. Libraries of commands are private.
func Stated(folder, text string) string {
	library := regexp.MustCompile(`(?s)\ngo_library\(\n.*?\n\)\n`)
	visible := regexp.MustCompile(`(?s)    visibility = \[[^]]*\],\n`)
	return library.ReplaceAllStringFunc(text, func(rule string) string {
		patterns := Visibility(folder)
		if strings.Contains(rule, "_lib\",") {
			patterns = []string{"//visibility:private"}
		}
		return visible.ReplaceAllLiteralString(rule, attribute(patterns))
	})
}

// attribute writes a list the way that gazelle formats it.
func attribute(patterns []string) string {
	if len(patterns) == 1 {
		return fmt.Sprintf("    visibility = [%q],\n", patterns[0])
	}
	var b strings.Builder
	b.WriteString("    visibility = [\n")
	for _, p := range patterns {
		fmt.Fprintf(&b, "        %q,\n", p)
	}
	b.WriteString("    ],\n")
	return b.String()
}

// BuildFiles returns the BUILD.bazel files of a module with Go packages, by
// name.
func BuildFiles(tree fs.FS) (map[string]string, error) {
	files := make(map[string]string)
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			return skip(tree, name)
		case path.Base(name) != "BUILD.bazel":
			return nil
		}
		text, err := fs.ReadFile(tree, name)
		if strings.Contains(string(text), "go_library(") {
			files[name] = string(text)
		}
		return err
	})
	return files, err
}
