package main

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite what the golden cases want")

// golden runs each archive in testdata/kind: files named want… are compared
// with what result makes of the others.
func golden(t *testing.T, kind string, result func(t *testing.T, sources []txtar.File) []txtar.File) {
	paths, err := filepath.Glob("testdata/" + kind + "/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			sources, want := split(archive.Files)
			got := result(t, sources)
			if *update {
				archive.Files = append(sources, got...)
				saveFile(t, path, txtar.Format(archive))
				return
			}
			if diff := cmp.Diff(texts(want), texts(got)); diff != "" {
				t.Errorf("%s (run with -update when this is right):\n%s", archive.Comment, diff)
			}
		})
	}
}

func split(files []txtar.File) (sources, want []txtar.File) {
	for _, f := range files {
		if strings.HasPrefix(f.Name, "want") {
			want = append(want, f)
		} else {
			sources = append(sources, f)
		}
	}
	return sources, want
}

func texts(files []txtar.File) map[string]string {
	m := map[string]string{}
	for _, f := range files {
		m[f.Name] = string(f.Data)
	}
	return m
}

// under returns the files below a folder of the archive, without its name.
func under(prefix string, files []txtar.File) []txtar.File {
	var list []txtar.File
	for _, f := range files {
		if name, ok := strings.CutPrefix(f.Name, prefix); ok {
			list = append(list, txtar.File{Name: name, Data: f.Data})
		}
	}
	return list
}

// folder returns a new folder "sample" with the files, in a module.
func folder(t *testing.T, files []txtar.File) string {
	t.Helper()
	root := t.TempDir()
	saveFile(t, filepath.Join(root, "go.mod"), []byte("module example.com/team\n\ngo 1.26.0\n"))
	dir := filepath.Join(root, "sample")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, dir, files)
	return dir
}

func write(t *testing.T, dir string, files []txtar.File) {
	t.Helper()
	for _, f := range files {
		path := filepath.Join(dir, filepath.FromSlash(f.Name))
		mkdir(t, filepath.Dir(path))
		saveFile(t, path, f.Data)
	}
}

func saveFile(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// generateIn runs the command on dir and returns what it says, with paths
// relative to dir, and its exit code.
func generateIn(dir string, args ...string) string {
	var out bytes.Buffer
	code := run(append(args, dir), streams{strings.NewReader(""), &out, &out})
	said := strings.ReplaceAll(out.String(), dir+string(filepath.Separator), "")
	return strings.ReplaceAll(said, dir, filepath.Base(dir)) + fmt.Sprintf("exit %d\n", code)
}

// outputsIn returns the files in and below dir that are not sources, named
// want/….
func outputsIn(t *testing.T, dir string, sources []txtar.File) []txtar.File {
	t.Helper()
	known := texts(sources)
	var outputs []txtar.File
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name := filepath.ToSlash(strings.TrimPrefix(path, dir+string(filepath.Separator)))
		if _, ok := known[name]; !ok {
			outputs = append(outputs, txtar.File{Name: "want/" + name, Data: []byte(read(t, path))})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return outputs
}
