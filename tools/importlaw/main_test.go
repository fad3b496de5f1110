package importlaw

import (
	"fmt"
	"os"
	"testing"

	"github.com/sim-im/sim/tools/check/checkout"
)

// TestMain enters the folder of the sources, wherever the tests are run.
func TestMain(m *testing.M) {
	if err := checkout.Enter("tools/importlaw"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}
