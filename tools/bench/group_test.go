package bench_test

import (
	"io"
	"testing"
	"time"

	"github.com/sim-im/sim/tools/bench"
)

func TestGroup(t *testing.T) {
	target := startServer(t)
	t.Setenv(asWorker, "1")
	for _, c := range []struct {
		name string
		set  func(*bench.Plan)
	}{
		{"backlog", func(p *bench.Plan) { p.InFlight = 16 }},
		{"paced, in processes", func(p *bench.Plan) { p.Rate, p.Procs, p.Senders = 100, 2, 3 }},
		{"broadcasts", func(p *bench.Plan) { p.Mode, p.Rate = bench.Fanout, 20 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := bench.Plan{Mode: bench.Group, Target: target, Clients: 200, Senders: 1, Size: 64, Procs: 1, Duration: 200 * time.Millisecond}
			c.set(&p)
			for ; ; p.Duration *= 4 { // a busy machine may do nothing for a while
				r, err := bench.Run(t.Context(), p, io.Discard)
				if err != nil || r.Err() != nil {
					t.Fatal(err, r.Err())
				}
				if hasFigures(r) {
					return
				}
				if p.Duration > 10*time.Second {
					t.Fatalf("the report has no figures: %+v", r)
				}
			}
		})
	}
}

// hasFigures tells whether a report says all that it should.
func hasFigures(r bench.Report) bool {
	for _, name := range []string{"acknowledged", "delivered"} {
		if m := r.Measure(name); m.Count == 0 || m.P50 <= 0 || m.Max < m.P99 {
			return false
		}
	}
	if r.Server.CPUMicros <= 0 || r.Client.CPUMicros <= 0 || r.Clients != 200 {
		return false
	}
	everyone, m := r.Measure("everyone has it"), r.Memory
	return r.Mode != bench.Fanout || everyone.Count > 0 && everyone.Max > 0 && m.ResidentWith > 0 && m.ResidentAfter > 0
}
