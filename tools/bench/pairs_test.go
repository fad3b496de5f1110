package bench_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sim-im/sim/tools/bench"
	"github.com/sim-im/sim/tools/dev"
)

// asWorker makes the test binary a worker of the run that started it.
const asWorker = "SIM_BENCH_TEST_WORKER"

func TestMain(m *testing.M) {
	if os.Getenv(asWorker) == "" {
		os.Exit(m.Run())
	}
	if err := bench.Work(context.Background(), os.Stdin, os.Stdout); err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
}

// startServer runs a whole server for the test.
func startServer(t *testing.T) bench.Target {
	t.Helper()
	dir := t.TempDir()
	s, err := dev.Start(t.Context(), dev.Options{Data: dir, Listen: "127.0.0.1:0", HTTP: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return bench.Target{Servers: []string{s.Addr()}, HTTP: s.HTTPAddr(), Roots: filepath.Join(dir, "roots.json")}
}

func TestPairs(t *testing.T) {
	target := startServer(t)
	t.Setenv(asWorker, "1")
	for _, c := range []struct {
		name string
		set  func(*bench.PairsOptions)
	}{
		{"closed loop", func(o *bench.PairsOptions) { o.InFlight = 4 }},
		{"open loop", func(o *bench.PairsOptions) { o.Rate = 200 }},
		{"processes", func(o *bench.PairsOptions) { o.Procs = 2 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := bench.PairsOptions{
				Target: target, Clients: 4, InFlight: 1, Size: 64, Procs: 1,
				Duration: 400 * time.Millisecond, Warmup: 100 * time.Millisecond,
			}
			c.set(&o)
			r, err := bench.Pairs(t.Context(), o, io.Discard)
			if err != nil {
				t.Fatal(err)
			}
			if err := r.Err(); err != nil {
				t.Error(err)
			}
			if r.AckedPerS <= 0 || r.DeliveredPerS <= 0 || r.AckP50 <= 0 || r.DeliverP99 < r.DeliverP50 {
				t.Errorf("the report has no figures: %+v", r)
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
	for addr, want := range map[string]string{
		startServer(t).HTTP: "a server without clients; --http says",
		"127.0.0.1:1":       "nobody shows metrics at 127.0.0.1:1; --http says",
		"":                  "give --http",
	} {
		target.HTTP = addr
		var progress lockedBuffer
		r, err := bench.Pairs(t.Context(), bench.PairsOptions{
			Target: target, Clients: 2, InFlight: 1, Size: 64, Procs: 1, Duration: 100 * time.Millisecond,
		}, &progress)
		if err != nil || r.Err() != nil || r.ServerCPU != 0 {
			t.Errorf("%q: %v, %+v", addr, err, r)
		}
		if !strings.Contains(progress.String(), want) {
			t.Errorf("%q: lacks %q: %s", addr, want, progress.String())
		}
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

func TestPairsReportsJSON(t *testing.T) {
	var out bytes.Buffer
	if err := (bench.Report{Lost: 3}).WriteJSON(&out); err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(out.Bytes(), &fields); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"acked_per_s", "delivered_per_s", "ack_p50_ms", "ack_p99_ms", "deliver_p50_ms", "deliver_p99_ms",
		"server_cpu_us_per_msg", "lost", "duplicated", "disordered", "gaps",
	} {
		if _, ok := fields[name]; !ok {
			t.Errorf("the report has no %s", name)
		}
	}
}

func TestBrokenPromisesFail(t *testing.T) {
	for _, r := range []bench.Report{{Lost: 1}, {Duplicated: 1}, {Disordered: 1}, {Gaps: 1}, {Refused: 1}} {
		if err := r.Err(); !errors.Is(err, bench.ErrIntegrity) {
			t.Errorf("Err of %+v = %v, want ErrIntegrity", r, err)
		}
	}
	if err := (bench.Report{AckedPerS: 1}).Err(); err != nil {
		t.Errorf("a clean report fails: %v", err)
	}
}

func TestOptionsListEveryMistake(t *testing.T) {
	err := bench.PairsOptions{Clients: 3, Size: 1, Rate: -1, Warmup: -1}.Validate()
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
	_, err := bench.Pairs(ctx, bench.PairsOptions{
		Target: target, Clients: 2, InFlight: 1, Size: 16, Duration: time.Second, Procs: 1,
	}, io.Discard)
	if err == nil {
		t.Fatal("a run without a server succeeded")
	}
	if errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("the run hung: %v", err)
	}
}

func TestIdle(t *testing.T) {
	target := startServer(t)
	r, err := bench.Idle(t.Context(), target, 40, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Err(); err != nil {
		t.Error(err)
	}
	if r.Conns != 40 {
		t.Errorf("conns = %d, want 40", r.Conns)
	}
}
