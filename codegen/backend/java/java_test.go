package java

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sim-im/sim/codegen/ir"
	"github.com/sim-im/sim/msgdef/vectors/difftest"
)

// definitions are the packages whose committed output is tested.
const definitions = "../../../msgdef"

// TestJava compiles what is generated as strictly as javac can, packs it, and
// holds the jars against the vectors, against the Go codecs, and against a
// program that uses them. Structs of other packages are in that of rpc, and names
// of Java's own classes in the golden one.
func TestJava(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles Java")
	}
	for _, tool := range []string{"java", "javac"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("no %s: install default-jdk-headless", tool)
		}
	}
	jars := build(t)
	t.Run("vectors", func(t *testing.T) {
		succeed(t, jars.java("Driver", "im.sim.msgdef", definitions+"/vectors/messages.json"))
		succeed(t, jars.java("Driver", "im.sim.kinds", definitions+"/vectors/kinds.json"))
	})
	t.Run("difference", func(t *testing.T) {
		difftest.Run(t, jars.java("Driver", "im.sim.msgdef"), definitions+"/msgdef.lock", difftest.Messages())
		difftest.Run(t, jars.java("Driver", "im.sim.kinds"), definitions+"/vectors/kinds/msgdef.lock", difftest.Kinds())
	})
	t.Run("consumer", func(t *testing.T) { succeed(t, jars.java("Consumer")) })
}

// jars is the folder with msgdef.jar, kinds.jar and the classes of tests.
type jars string

// java is the command that runs a class of the tests, with so little memory that
// believing a count without bytes behind it is noticed.
func (j jars) java(args ...string) *exec.Cmd {
	return exec.Command("java", append([]string{"-XX:TieredStopAtLevel=1", "-Xmx64m", "-cp", j.classes()}, args...)...)
}

func (j jars) classes() string {
	in := func(name string) string { return filepath.Join(string(j), name) }
	return strings.Join([]string{in("msgdef.jar"), in("kinds.jar"), in("tests")}, string(filepath.ListSeparator))
}

// build compiles everything with one Java machine.
func build(t *testing.T) jars {
	j := jars(t.TempDir())
	args := []string{"-XX:TieredStopAtLevel=1", "testdata/build/Build.java"}
	args = append(args, j.pack(t, "msgdef", filepath.Join(definitions, "java"))...)
	args = append(args, j.pack(t, "kinds", filepath.Join(definitions, "vectors", "kinds", "java"))...)
	args = append(args, j.pack(t, "rpc", generated(t, read(t, filepath.Join(definitions, "rpc"), &ir.Problems{})))...)
	args = append(args, j.pack(t, "sample", generated(t, sample(t)))...)
	args = append(args, "javac", "-Xlint:all,-path", "-Werror", "-encoding", "UTF-8", "-cp", j.classes(), "-d", filepath.Join(string(j), "tests"))
	args = append(args, javaFiles(t, "testdata/conformance")...)
	succeed(t, exec.Command("java", append(args, javaFiles(t, "testdata/consumer")...)...))
	return j
}

// pack returns the commands that make a jar of the sources in dir. That a
// compiler of today calls level 8 old is the only warning that is not asked for.
func (j jars) pack(t *testing.T, name, dir string) []string {
	classes := filepath.Join(string(j), name)
	compile := []string{"javac", "--release", "8", "-Xlint:all,-options", "-Werror", "-encoding", "UTF-8", "-d", classes}
	return slices.Concat(compile, javaFiles(t, dir), []string{"--", "jar", "--create", "--file", classes + ".jar", "-C", classes, ".", "--"})
}

// generated writes the output for definitions and returns its folder.
func generated(t *testing.T, pkg *ir.Package) string {
	t.Helper()
	to := t.TempDir()
	for _, o := range outputs(t, pkg) {
		path := filepath.Join(to, filepath.FromSlash(o.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, o.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return to
}

func javaFiles(t *testing.T, dir string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if filepath.Ext(path) == ".java" {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) == 0 {
		t.Fatalf("no Java in %s: %v", dir, err)
	}
	return files
}

func succeed(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(cmd.Args[:min(len(cmd.Args), 6)], " "), err, out)
	}
}
