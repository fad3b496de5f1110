package bench_test

import (
	"context"
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
