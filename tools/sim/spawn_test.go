package main

import (
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/sim-im/sim/tools/bench"
)

// TestSpawn has the load generator start a server of its own.
func TestSpawn(t *testing.T) {
	for duration := 300 * time.Millisecond; ; duration *= 4 { // a busy machine may do nothing for a while
		r := spawned(t, duration)
		if r.Measure("acknowledged").Count > 0 && r.Server.CPUMicros > 0 {
			return
		}
		if duration > time.Minute {
			t.Fatalf("report without figures: %+v", r)
		}
	}
}

func spawned(t *testing.T, duration time.Duration) (r bench.Report) {
	t.Helper()
	report := filepath.Join(t.TempDir(), "report.json")
	cmd := exec.Command(program(t), "bench", "pairs", "--spawn", "--clients", "4", "--duration", duration.String(), "--warmup", "0s", "--json", report)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	text, err := os.ReadFile(report)
	if err == nil {
		err = json.Unmarshal(text, &r)
	}
	if err != nil {
		t.Fatalf("report %s: %v", text, err)
	}
	return r
}

// program returns a file named sim, that runs this test binary also for the
// processes it starts by itself.
func program(t *testing.T) string {
	t.Helper()
	return programAs(t, "sim")
}

// programAs returns a file that runs this test binary as one of the programs
// that TestMain recognises by their names.
func programAs(t *testing.T, as string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), as)
	if os.Link(self, name) == nil {
		return name
	}
	from, err := os.Open(self) // another file system: a copy does as well
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	to, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY, 0o700)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(to, from); err != nil {
		t.Fatal(err)
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	return name
}
