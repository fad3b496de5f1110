package pyclient

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sim-im/sim/msgdef/vectors"
	"github.com/sim-im/sim/msgdef/vectors/difftest"
)

// TestDifferential asks the decoder written from the page and the Go codecs
// about the same bytes.
func TestDifferential(t *testing.T) {
	t.Run("msgdef", func(t *testing.T) {
		difftest.Run(t, simclient(t, "decode"), "../../msgdef/msgdef.lock", difftest.Messages())
	})
	t.Run("kinds", func(t *testing.T) {
		difftest.Run(t, simclient(t, "decode"), "../../msgdef/vectors/kinds/msgdef.lock", difftest.Kinds())
	})
}

// TestWrongVectors proves that a claim that does not hold is found, and named.
func TestWrongVectors(t *testing.T) {
	text, err := vectors.Read("kinds.json")
	if err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{
		`"Float64": -0,`:       `"Float64": 0,`,
		`"error": "malformed"`: `"error": "short"`,
		`"Level": 77,`:         `"Level": 78,`,
	} {
		if !bytes.Contains(text, []byte(from)) {
			t.Fatalf("kinds.json has no %s", from)
		}
		file := filepath.Join(t.TempDir(), "bent.json")
		if err := os.WriteFile(file, bytes.Replace(text, []byte(from), []byte(to), 1), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := simclient(t, "decode", file)
		out, _ := cmd.Output()
		if cmd.ProcessState.ExitCode() != 1 || strings.Count(string(out), "bent.json: ") != 1 {
			t.Errorf("%s instead of %s: exit %d, %s", to, from, cmd.ProcessState.ExitCode(), out)
		}
	}
}
