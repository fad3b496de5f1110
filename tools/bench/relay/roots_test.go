package relay_test

import (
	"os"
	"testing"

	"github.com/sim-im/sim/msgdef/secure"
)

func readRoots(t *testing.T, file string) *secure.Roots {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	roots, err := secure.ParseRoots(text)
	if err != nil {
		t.Fatal(err)
	}
	return roots
}
