package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/sim-im/sim/tools/bench"
)

// TestLimit compares the server with both relays, each a process.
func TestLimit(t *testing.T) {
	if testing.Short() {
		t.Skip("starts six servers")
	}
	file := filepath.Join(t.TempDir(), "limit.json")
	cmd := exec.Command(program(t), "bench", "limit", "--clients", "4", "--inflight", "2", "--rate", "100", "--rounds", "1",
		"--duration", "300ms", "--warmup", "0s", "--json", file)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var l bench.Limit
	if err := json.Unmarshal(text, &l); err != nil || len(l.Loads) != 2 {
		t.Fatalf("%s: %v", text, err)
	}
	for _, load := range l.Loads {
		for i, name := range []string{bench.OurServer, bench.CommittingRelay, bench.BareRelay} {
			s := load.Subjects[i]
			if s.Name != name || len(s.Runs) != 1 || s.Runs[0].Target != name || s.Medians.PerSecond <= 0 || s.Medians.CPU <= 0 || s.Ratio.CPU <= 0 ||
				(s.Runs[0].Server.Commits > 0) != (name != bench.BareRelay) {
				t.Errorf("%d in flight, %g/s: %s: %+v", load.InFlight, load.Rate, name, s)
			}
		}
	}
}

// TestRelayIsTunedLikeTheServer compares what the engine was opened with, which
// it writes into the store's folder. A relay with other settings would be
// another yardstick.
func TestRelayIsTunedLikeTheServer(t *testing.T) {
	server := engineOptions(t, "sim is ready", "dev", "--no-quic", "--rpc", "127.0.0.1:0")
	relay := engineOptions(t, "relay at", "bench", "relay", "--commit")
	if !bytes.Equal(server, relay) {
		t.Errorf("the engine of the server:\n%s\nthat of the relay:\n%s", server, relay)
	}
}

// engineOptions runs a command until it says that it is ready, and returns the
// engine's options without those that the store keeps by itself.
func engineOptions(t *testing.T, ready string, command ...string) []byte {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.Command(program(t), append(command, "--data", dir, "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0")...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	awaitLine(t, out, ready)
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, out); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "store", "OPTIONS-*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("options of the engine: %v, %v", files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile(`(?m)^\s*(mem_table|l0)_stop_writes_threshold=.*\n`).ReplaceAll(text, nil)
}
