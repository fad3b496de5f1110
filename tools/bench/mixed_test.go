package bench_test

import (
	"testing"
	"time"

	"github.com/sim-im/sim/tools/bench"
)

func TestMixed(t *testing.T) {
	duration := 3 * time.Second
	if testing.Short() {
		duration = time.Second
	}
	target := startServer(t)
	t.Setenv(asWorker, "1")
	for _, procs := range []int{1, 2} {
		r := runUntil(t, bench.Plan{
			Mode: bench.Mixed, Target: target, Clients: 16, Rate: 400, Size: 64, Procs: procs, Duration: duration,
		})
		for _, m := range r.Measures {
			if m.Count == 0 {
				t.Errorf("nothing was counted as %q", m.Name)
			}
		}
		all, steady, moving := r.Measure("delivered"), r.Measure("delivered, steady"), r.Measure("delivered, moving")
		if all.Count != steady.Count+moving.Count {
			t.Errorf("delivered %d, of these to steady clients %d, to moving ones %d", all.Count, steady.Count, moving.Count)
		}
		t.Log(r.WriteTable(t.Output()))
	}
}
