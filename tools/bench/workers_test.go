package bench_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sim-im/sim/tools/bench"
)

// asMortal names a folder; one of the workers that share it dies.
const asMortal = "SIM_BENCH_TEST_MORTAL"

// mortal is the input of a worker that does not survive its second value, which
// tells it to start.
type mortal struct {
	io.Reader
	reads int
}

// Read implements io.Reader.
func (m *mortal) Read(p []byte) (int, error) {
	n, err := m.Reader.Read(p)
	if m.reads++; m.reads == 2 {
		os.Exit(3)
	}
	return n, err
}

// longRun has two workers for longer than any test may take.
func longRun(t *testing.T) bench.Plan {
	t.Helper()
	p := bench.Plan{Mode: bench.Pairs, Target: startServer(t), Clients: 4, InFlight: 1, Size: 16, Procs: 2, Duration: 24 * time.Hour}
	t.Setenv(asWorker, "1")
	return p
}

// TestWorkerDies ends the run at once, with the other worker in the middle of
// its load.
func TestWorkerDies(t *testing.T) {
	p := longRun(t)
	t.Setenv(asMortal, t.TempDir())
	if _, err := bench.Run(t.Context(), p, io.Discard); err == nil || !strings.Contains(err.Error(), "worker") {
		t.Errorf("the error is %v", err)
	}
}

// TestInterruptedWorkers says why the run ended, not what became of the workers.
func TestInterruptedWorkers(t *testing.T) {
	p := longRun(t)
	stop := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(time.Second, func() { cancel(stop) })
	if _, err := bench.Run(ctx, p, io.Discard); !errors.Is(err, stop) {
		t.Errorf("the error is %v", err)
	}
}

// TestWorkerStays until its input ends: the server is weighed with its clients.
func TestWorkerStays(t *testing.T) {
	in, parent := io.Pipe()
	answers, out := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- bench.Work(t.Context(), in, out) }()
	enc, dec := json.NewEncoder(parent), json.NewDecoder(answers)
	say := func(what any) {
		t.Helper()
		var answer json.RawMessage
		if err := errors.Join(enc.Encode(what), dec.Decode(&answer)); err != nil {
			t.Fatal(err)
		}
	}
	say(bench.Plan{Mode: bench.Idle, Run: "stays", Target: startServer(t), Clients: 3, Procs: 1, Duration: time.Second})
	now := time.Now()
	say(map[string]time.Time{"Start": now, "From": now, "To": now.Add(50 * time.Millisecond)})
	select {
	case err := <-done:
		t.Fatalf("it ended before its input: %v", err)
	case <-time.After(100 * time.Millisecond):
	}
	parent.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
