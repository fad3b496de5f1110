package main

import (
	"errors"
	"fmt"
	"go/build"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestMain enters the folder of the sources: under Bazel ../go.mod is a link
// among the data of the test, and leads there.
func TestMain(m *testing.M) {
	origin, err := filepath.EvalSymlinks(filepath.Join("..", "go.mod"))
	if err == nil {
		err = errors.Join(os.Chdir(filepath.Join(filepath.Dir(origin), "codegen")), leaveSandbox())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// leaveSandbox lets go/build find the go command under Bazel, whose binaries do
// not know where Go is, and gives that command a cache it can write.
func leaveSandbox() error {
	tmp := os.Getenv("TEST_TMPDIR")
	if tmp == "" {
		return nil
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	build.Default.GOROOT = strings.TrimSpace(string(root))
	return errors.Join(err, os.Setenv("GOCACHE", filepath.Join(tmp, "go-build")))
}
