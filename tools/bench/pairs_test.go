package bench_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sim-im/sim/imservice"
	"github.com/sim-im/sim/tools/bench"
	"github.com/sim-im/sim/tools/dev"
)

// asWorker makes the test binary a worker of the run that started it.
const asWorker = "SIM_BENCH_TEST_WORKER"

func TestMain(m *testing.M) {
	if lying := os.Getenv(asSubject); lying != "" {
		os.Exit(serveSubject(lying, os.Args[1:]))
	}
	if os.Getenv(asWorker) == "" {
		os.Exit(m.Run())
	}
	in := io.Reader(os.Stdin)
	if dir := os.Getenv(asMortal); dir != "" && os.Mkdir(filepath.Join(dir, "dead"), 0o700) == nil {
		in = &mortal{Reader: in}
	}
	if err := bench.Work(context.Background(), in, os.Stdout); err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
}

// startServer runs a whole server for the test.
func startServer(t *testing.T) bench.Target {
	t.Helper()
	return startServerWith(t, dev.Options{})
}

// startServerWith runs one with options; the addresses and the folder are the
// test's.
func startServerWith(t *testing.T, o dev.Options) bench.Target {
	t.Helper()
	if o.PasswordCost == (imservice.PasswordCost{}) {
		o.PasswordCost = imservice.PasswordCost{MemoryKiB: 8, Iterations: 1, Parallelism: 1}
	}
	dir := t.TempDir()
	o.Data, o.Listen, o.HTTP = dir, "127.0.0.1:0", "127.0.0.1:0"
	s, err := dev.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return bench.Target{Servers: []string{s.Addr()}, HTTP: []string{s.HTTPAddr()}, Roots: filepath.Join(dir, "roots.json")}
}

func TestPairs(t *testing.T) {
	target := startServer(t)
	t.Setenv(asWorker, "1")
	for _, c := range []struct {
		name string
		set  func(*bench.Plan)
	}{
		{"closed loop", func(o *bench.Plan) { o.InFlight = 4 }},
		{"open loop", func(o *bench.Plan) { o.Rate = 200 }},
		{"processes", func(o *bench.Plan) { o.Procs = 2 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := bench.Plan{
				Mode: bench.Pairs, Target: target, Clients: 4, InFlight: 1, Size: 64, Procs: 1,
				Duration: 400 * time.Millisecond, Warmup: 100 * time.Millisecond,
			}
			c.set(&o)
			r := runUntil(t, o, "acknowledged", "delivered")
			for _, name := range []string{"acknowledged", "delivered"} {
				m := r.Measure(name)
				if m.Count == 0 || m.PerSecond <= 0 || m.P50 <= 0 || m.P99 < m.P50 || m.Max < m.P999 {
					t.Errorf("%s has no figures: %+v", name, m)
				}
			}
			for side, c := range map[string]bench.Cost{"server": r.Server, "client": r.Client} {
				if c.CPUMicros <= 0 || c.BytesIn < 64 || c.BytesOut < 64 || c.Writes <= 0 {
					t.Errorf("the %s cost nothing: %+v", side, c)
				}
			}
			counted := uint64(0)
			for _, second := range r.Timeline {
				counted += second.Measures[0].Count
			}
			if counted != r.Measures[0].Count {
				t.Errorf("the timeline is not that of the run: %+v", r.Timeline)
			}
			if r.Clients != 4 {
				t.Errorf("clients = %d, want 4", r.Clients)
			}
		})
	}
}

// TestForeignMetrics does not take the CPU of another server, or none, for that
// of the one under load, and says what to do. The load counts all the same.
func TestForeignMetrics(t *testing.T) {
	target := startServer(t)
	for want, addrs := range map[string][]string{
		"a server without clients; --http says":            startServer(t).HTTP,
		"nobody shows metrics at 127.0.0.1:1; --http says": {"127.0.0.1:1"},
		"give --http": nil,
	} {
		target.HTTP = addrs
		var progress lockedBuffer
		r, err := bench.Run(t.Context(), bench.Plan{
			Mode: bench.Pairs, Target: target, Clients: 2, InFlight: 1, Size: 64, Procs: 1, Duration: 100 * time.Millisecond,
		}, &progress)
		if err != nil || r.Err() != nil || r.Server != (bench.Cost{}) || r.Memory != (bench.Memory{}) {
			t.Errorf("%q: %v, %+v", addrs, err, r)
		}
		if !strings.Contains(progress.String(), want) {
			t.Errorf("%q: lacks %q: %s", addrs, want, progress.String())
		}
	}
}

// TestCostsOfProcessesAreSummed counts a server twice that is given twice.
func TestCostsOfProcessesAreSummed(t *testing.T) {
	target := startServer(t)
	target.HTTP = append(target.HTTP, target.HTTP...)
	r, err := bench.Run(t.Context(), bench.Plan{
		Mode: bench.Pairs, Target: target, Clients: 2, InFlight: 1, Size: 64, Procs: 1, Duration: 200 * time.Millisecond,
	}, io.Discard)
	if err != nil || r.Err() != nil {
		t.Fatal(err, r.Err())
	}
	if in, out := r.Server.BytesIn, r.Client.BytesOut; in < 1.5*out {
		t.Errorf("twice the server read %.0f bytes a message, clients wrote %.0f", in, out)
	}
}

// lockedBuffer is written to from several goroutines.
type lockedBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write implements io.Writer.
func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

// String returns what was written.
func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func TestPlanListsEveryMistake(t *testing.T) {
	err := bench.Plan{Mode: bench.Pairs, Clients: 3, Size: 1, Rate: -1, Warmup: -1}.Validate()
	if err == nil {
		t.Fatal("accepted")
	}
	for _, word := range []string{"clients", "inflight", "size", "rate", "duration", "warmup", "procs"} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%q is not in: %v", word, err)
		}
	}
}

func TestUnreachableServer(t *testing.T) {
	target := startServer(t)
	target.Servers = []string{"127.0.0.1:1"}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	_, err := bench.Run(ctx, bench.Plan{
		Mode: bench.Pairs, Target: target, Clients: 2, InFlight: 1, Size: 16, Duration: time.Second, Procs: 1,
	}, io.Discard)
	if err == nil {
		t.Fatal("a run without a server succeeded")
	}
	if errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("the run hung: %v", err)
	}
}
