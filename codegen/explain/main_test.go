package explain

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// TestMain enters the folder of the sources: under Bazel ../../go.mod is a link
// among the data of the test, and leads there.
func TestMain(m *testing.M) {
	origin, err := filepath.EvalSymlinks(filepath.Join("..", "..", "go.mod"))
	if err == nil {
		err = os.Chdir(filepath.Join(filepath.Dir(origin), "codegen", "explain"))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}
