package bench_test

import (
	"io"
	"slices"
	"strings"
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

// TestLoginResumed has tickets and tokens take turns, and tells what each costs.
func TestLoginResumed(t *testing.T) {
	target := startServerWith(t, dev.Options{GateLimits: gate.Limits{AddressRate: -1}})
	for end := time.Now().Add(time.Minute); ; {
		r, err := bench.Run(t.Context(), bench.Plan{Mode: bench.Login, Target: target, Clients: 4, Procs: 1, Duration: 3 * time.Second, Resume: true}, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Err(); err != nil {
			t.Error(err)
		}
		resumed, full := r.Measure("resumed"), r.Measure("full")
		if resumed.Count == 0 || full.Count == 0 || r.Resume == nil && time.Now().Before(end) {
			continue // a slow machine
		}
		if n := r.Measure("logins").Count; n != resumed.Count+full.Count {
			t.Errorf("%d logins are %d and %d", n, resumed.Count, full.Count)
		}
		if c := r.Resume; c == nil || c.Ratio <= 0 || c.Bare.CPUMicros >= c.Full.CPUMicros || c.Resumed.Allocs <= 0 || c.Full.Allocs <= 0 {
			t.Errorf("the costs are %v", c)
		}
		return
	}
}

func TestLoginRefusesWhatDoesNotGoTogether(t *testing.T) {
	err := bench.Plan{
		Mode: bench.Login, Target: bench.Target{QUIC: true}, Clients: 1, Procs: 1,
		Duration: time.Second, Resume: true, Passwords: true,
	}.Validate()
	for _, want := range []string{"passwords", "quic", "3s or more"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not told: %v", want, err)
		}
	}
}

// runUntil runs a plan, longer and longer until all of these were counted, or all
// that the mode measures: a busy machine may do nothing for a while. A plan's own
// duration comes first.
func runUntil(t *testing.T, p bench.Plan, measures ...string) bench.Report {
	t.Helper()
	for p.Duration = max(p.Duration, 300*time.Millisecond); ; p.Duration *= 4 {
		r, err := bench.Run(t.Context(), p, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Err(); err != nil {
			t.Error(err)
		}
		idle := slices.ContainsFunc(r.Measures, func(m bench.Measure) bool {
			return m.Count == 0 && (len(measures) == 0 || slices.Contains(measures, m.Name))
		})
		if !idle || p.Duration > time.Minute {
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
