package bench_test

import (
	"strings"
	"testing"

	"github.com/sim-im/sim/tools/bench"
)

func TestSync(t *testing.T) {
	target := startServer(t)
	t.Setenv(asWorker, "1")
	for _, c := range []struct {
		name string
		set  func(*bench.Plan)
	}{
		{"closed loop", func(*bench.Plan) {}},
		{"open loop", func(p *bench.Plan) { p.Rate = 20 }},
		{"processes", func(p *bench.Plan) { p.Procs = 2 }},
		{"quic", func(p *bench.Plan) { p.Target.QUIC = true }},
		{"one message", func(p *bench.Plan) { p.Messages = 1 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := bench.Plan{Mode: bench.Sync, Target: target, Clients: 2, Procs: 1, Size: 64, Messages: 700}
			c.set(&p)
			r := runUntil(t, p, "caught up")
			messages, first, all := r.Measure("messages"), r.Measure("first message"), r.Measure("caught up")
			if all.Count == 0 || first.P50 <= 0 || r.Server.Allocs <= 0 {
				t.Errorf("the report has no figures: %+v, %+v", r.Measures, r.Server)
			}
			// Without a warm-up, whoever caught up did all of it in the measured time.
			if messages.Count < all.Count*uint64(p.Messages) || first.Count < all.Count {
				t.Errorf("%d messages in %d returns of %d", messages.Count, all.Count, p.Messages)
			}
		})
	}
}

func TestSyncPlan(t *testing.T) {
	err := bench.Plan{Mode: bench.Sync, Clients: 1, Procs: 1, Duration: 1}.Validate()
	if err == nil || !strings.Contains(err.Error(), "missed") || !strings.Contains(err.Error(), "size") {
		t.Errorf("the error is %v", err)
	}
}
