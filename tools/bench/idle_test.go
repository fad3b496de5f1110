package bench_test

import (
	"errors"
	"io"
	"testing"
	"time"

	"github.com/sim-im/sim/gate"
	"github.com/sim-im/sim/tools/bench"
	"github.com/sim-im/sim/tools/dev"
)

func TestIdle(t *testing.T) {
	target := startServer(t)
	t.Setenv(asWorker, "1")
	for _, procs := range []int{1, 3} {
		r, err := bench.Run(t.Context(), bench.Plan{
			Mode: bench.Idle, Target: target, Clients: 40, Procs: procs, Duration: 100 * time.Millisecond,
		}, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Err(); err != nil {
			t.Error(err)
		}
		if r.Clients != 40 || r.Memory.PerConnection == 0 || r.Memory.HeapPerConnection == 0 {
			t.Errorf("the report has no figures: %+v", r)
		}
	}
}

// TestHeartbeats counts answers of the server.
func TestHeartbeats(t *testing.T) {
	if testing.Short() {
		t.Skip("takes as long as a heartbeat")
	}
	target := startServerWith(t, dev.Options{GateTimes: gate.Times{MinHeartbeat: 5 * time.Second, MaxHeartbeat: 5 * time.Second}})
	r, err := bench.Run(t.Context(), bench.Plan{
		Mode: bench.Idle, Target: target, Clients: 20, Procs: 1, Duration: 6 * time.Second,
	}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if m := r.Measure("heartbeats"); r.Err() != nil || m.Count == 0 || m.P50 <= 0 {
		t.Errorf("%v; heartbeats of 20 connections: %+v", r.Err(), m)
	}
}

// TestIdleNotices connections that a server does not keep.
func TestIdleNotices(t *testing.T) {
	// Nothing is heard of a silent client within three halves of its heartbeat,
	// which the SDK does not believe to be this short.
	target := startServerWith(t, dev.Options{GateTimes: gate.Times{MinHeartbeat: time.Second, MaxHeartbeat: time.Second, Sweep: 100 * time.Millisecond}})
	for try := 1; ; try++ { // the machine may be too busy to notice in time
		r, err := bench.Run(t.Context(), bench.Plan{
			Mode: bench.Idle, Target: target, Clients: 20, Procs: 1, Duration: 3 * time.Second,
		}, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		if errors.Is(r.Err(), bench.ErrIntegrity) && r.Integrity.Broken > 0 {
			return
		}
		if try == 10 {
			t.Fatalf("Err = %v", r.Err())
		}
	}
}
