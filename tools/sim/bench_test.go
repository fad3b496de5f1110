package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/sim-im/sim/tools/bench"
	"github.com/sim-im/sim/tools/ops"
)

// TestBrokenPromiseIsExitCode1 for every kind of report, which is written all
// the same.
func TestBrokenPromiseIsExitCode1(t *testing.T) {
	broken := bench.Report{Mode: bench.Sync, Integrity: bench.Integrity{Lost: 1}}
	limit := bench.Limit{Loads: []bench.LimitLoad{{InFlight: 1, Subjects: []bench.LimitSubject{{Name: bench.BareRelay, Runs: []bench.Report{broken}}}}}}
	for name, r := range map[string]report{"report": broken, "limit": limit} {
		file := filepath.Join(t.TempDir(), "out")
		out, err := os.Create(file)
		if err != nil {
			t.Fatal(err)
		}
		p := &process{Context: t.Context(), out: out}
		err = benchFailure(p, (&benchOutput{JSON: "-"}).show(p, r))
		if code := ops.ExitCode(err); code != ops.ExitFailed {
			t.Errorf("%s: exit code %d of %v", name, code, err)
		}
		if err := out.Close(); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(file)
		if err != nil || !json.Valid(text) || !bytes.Contains(text, []byte(`"lost": 1`)) {
			t.Errorf("%s: %v, %s", name, err, text)
		}
	}
}
