package typescript

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sim-im/sim/codegen/ir"
)

// workspace is a folder with the compiler, the driver, and packages below it.
type workspace string

// open installs the compiler.
func open(t *testing.T) workspace {
	t.Helper()
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("no %s: install Node 18 or later with npm", tool)
		}
	}
	w := workspace(t.TempDir())
	w.copy(t, ".", os.DirFS("testdata/conformance"))
	succeed(t, w.command(".", "npm", "ci", "--no-audit", "--no-fund"))
	return w
}

func (w workspace) path(name string) string { return filepath.Join(string(w), name) }

// copy copies files into the folder name, without what was installed or built
// beside them.
func (w workspace) copy(t *testing.T, name string, files fs.FS) {
	t.Helper()
	err := fs.WalkDir(files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			if entry != nil && (entry.Name() == "node_modules" || entry.Name() == "dist") {
				return fs.SkipDir
			}
			return err
		}
		data, err := fs.ReadFile(files, path)
		save(t, filepath.Join(w.path(name), path), data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// generate writes the output for definitions into the folder name.
func (w workspace) generate(t *testing.T, name string, pkg *ir.Package) {
	t.Helper()
	for _, o := range outputs(t, pkg) {
		save(t, filepath.Join(w.path(name), filepath.FromSlash(o.Name)), o.Data)
	}
}

// compile runs the compiler in a folder that has a tsconfig.json.
func (w workspace) compile(t *testing.T, name string) {
	t.Helper()
	succeed(t, w.command(".", "node", "node_modules/typescript/bin/tsc", "-p", name))
}

// driver is the conformance program, with so little memory that believing a
// count without bytes behind it is noticed.
func (w workspace) driver(pkg string, args ...string) *exec.Cmd {
	return w.command(".", "node", append([]string{"--max-old-space-size=128", "driver.js", pkg + "/dist/index.js"}, args...)...)
}

// command is a program that runs in the folder name.
func (w workspace) command(name, program string, args ...string) *exec.Cmd {
	cmd := exec.Command(program, args...)
	cmd.Dir = w.path(name)
	return cmd
}

func succeed(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, out)
	}
}

func absolute(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return path
}
