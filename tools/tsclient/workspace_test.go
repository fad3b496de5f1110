package tsclient

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const (
	root   = "../.."
	client = "gate/client/typescript"
)

// workspace is a folder like this repository, with the compiler, in which the
// packages are installed from what npm pack makes of them.
type workspace string

func (w workspace) path(name string) string {
	return filepath.Join(string(w), filepath.FromSlash(name))
}

// newWorkspace installs the compiler, and compiles everything.
func newWorkspace(t *testing.T) workspace {
	t.Helper()
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("no %s: install Node 20 or later with npm", tool)
		}
	}
	w := workspace(t.TempDir())
	w.copy(t, ".", "testdata")
	w.run(t, ".", "npm", "ci", "--no-audit", "--no-fund")
	for _, name := range []string{"msgdef/typescript", client} {
		w.copy(t, name, filepath.Join(root, name))
		w.compile(t, name)
		w.install(t, name)
	}
	return w
}

// copy copies a folder without what was installed or built in it.
func (w workspace) copy(t *testing.T, name, from string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if built(entry.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		to := w.path(name + "/" + filepath.ToSlash(strings.TrimPrefix(path, from)))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		return os.WriteFile(to, data, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func built(folder string) bool {
	return folder == "node_modules" || folder == "dist" || folder == "build"
}

func (w workspace) compile(t *testing.T, name string) {
	t.Helper()
	w.run(t, ".", "node", "node_modules/typescript/bin/tsc", "-p", name)
}

// packed is a line of what npm pack lists.
var packed = regexp.MustCompile(`(?m)^npm notice [0-9.]+ ?k?B (\S+)$`)

// install packs what was compiled and unpacks it where programs look, and fails
// when anything else would be published.
func (w workspace) install(t *testing.T, name string) {
	t.Helper()
	out := w.run(t, name, "npm", "pack", "--ignore-scripts", "--pack-destination", string(w))
	files := packed.FindAllStringSubmatch(out, -1)
	if len(files) < 5 {
		t.Fatalf("npm pack lists no files:\n%s", out)
	}
	for _, f := range files {
		if !regexp.MustCompile(`^(README\.md|package\.json|dist/\w+(\.d\.ts|\.js))$`).MatchString(f[1]) {
			t.Errorf("%s is published by %s", f[1], name)
		}
	}
	archives, err := filepath.Glob(w.path("*.tgz"))
	if err != nil || len(archives) != 1 {
		t.Fatalf("npm pack made %v, %v", archives, err)
	}
	into := "node_modules/@sim-im/" + strings.TrimSuffix(filepath.Base(filepath.Dir(w.path(name))), "/typescript")
	if err := os.MkdirAll(w.path(into), 0o755); err != nil {
		t.Fatal(err)
	}
	w.run(t, ".", "tar", "xzf", archives[0], "--strip-components=1", "-C", into)
	if err := os.Remove(archives[0]); err != nil {
		t.Fatal(err)
	}
}

// run runs a program in the folder name and returns what it wrote.
func (w workspace) run(t *testing.T, name, program string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir = w.path(name)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, out)
	}
	return string(out)
}
