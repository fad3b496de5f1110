package bench_test

import (
	"io"
	"testing"
	"time"

	"github.com/sim-im/sim/gate"
	"github.com/sim-im/sim/tools/bench"
	"github.com/sim-im/sim/tools/dev"
)

func TestLogin(t *testing.T) {
	target := startServerWith(t, dev.Options{GateLimits: gate.Limits{AddressRate: -1}})
	t.Setenv(asWorker, "1")
	for _, c := range []struct {
		name string
		set  func(*bench.Plan)
	}{
		{"closed loop", func(*bench.Plan) {}},
		{"open loop", func(p *bench.Plan) { p.Rate = 50 }},
		{"processes", func(p *bench.Plan) { p.Procs = 2 }},
		{"quic", func(p *bench.Plan) { p.Target.QUIC = true }},
		{"passwords", func(p *bench.Plan) { p.Passwords = true }},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := bench.Plan{Mode: bench.Login, Target: target, Clients: 4, Procs: 1}
			c.set(&p)
			r := runUntil(t, p, "logins")
			m := r.Measure("logins")
			if m.Count == 0 || m.P50 <= 0 || m.Max < m.P99 || r.Server.Allocs <= 0 {
				t.Errorf("the report has no figures: %+v, %+v", m, r.Server)
			}
		})
	}
}

// runUntil runs a plan, for longer and longer, until something was measured, and
// returns the report, in which no promise may be broken.
func runUntil(t *testing.T, p bench.Plan, measure string) bench.Report {
	t.Helper()
	for p.Duration = 300 * time.Millisecond; ; p.Duration *= 4 {
		r, err := bench.Run(t.Context(), p, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Err(); err != nil {
			t.Error(err)
		}
		if r.Measure(measure).Count > 0 || p.Duration > time.Minute {
			return r
		}
	}
}

// TestRefusedLogins counts what a gate does not let in.
func TestRefusedLogins(t *testing.T) {
	target := startServerWith(t, dev.Options{GateLimits: gate.Limits{AddressRate: 0.001, AddressBurst: 3}})
	r, err := bench.Run(t.Context(), bench.Plan{Mode: bench.Login, Target: target, Clients: 2, Procs: 1, Duration: 300 * time.Millisecond}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if r.Integrity.Refused == 0 || r.Measure("logins").Count > 1 {
		t.Errorf("refused %d, logged in %d; want one login and then refusals", r.Integrity.Refused, r.Measure("logins").Count)
	}
}
