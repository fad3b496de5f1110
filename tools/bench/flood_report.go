package bench

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// Flood is the outcome of a flood.
type Flood struct {
	Kind      string            `json:"kind"`
	Attackers int               `json:"attackers"`
	Seconds   float64           `json:"seconds"`
	Attempts  uint64            `json:"attempts"`
	Closes    map[string]uint64 `json:"closes"` // by the gate's reasons; honest clients are there as peer

	GateCPU     float64     `json:"gate_cpu_us_per_attempt"` // of the whole server, honest logins included
	AttackerCPU float64     `json:"attacker_cpu_us_per_attempt"`
	Ratio       float64     `json:"gate_divided_by_attacker"`
	Honest      FloodHonest `json:"honest"`
}

// FloodHonest is what became of the honest logins.
type FloodHonest struct {
	Logins int     `json:"logins"`
	Failed int     `json:"failed"`
	Why    string  `json:"why,omitempty"` // the last one did
	P50    float64 `json:"p50_ms"`
	P99    float64 `json:"p99_ms"`
}

// weigh fills the costs in.
func (f *Flood) weigh(gate, attacker time.Duration) {
	if f.Attempts == 0 {
		return
	}
	per := func(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) / float64(f.Attempts) }
	f.GateCPU, f.AttackerCPU = per(gate), per(attacker)
	f.Ratio = ratio(f.GateCPU, f.AttackerCPU)
}

// reasonOver is why a gate refuses an address that comes too often.
const reasonOver = "address_rate"

// Err returns what went wrong: more of the flood was let in than the gate allows
// an address, or an honest client was kept out. It wraps ErrIntegrity. Slowness is
// no mistake.
func (f Flood) Err() error {
	refused := uint64(f.Attackers) // the last of each may not be counted yet
	for reason, n := range f.Closes {
		if f.expects(reason) {
			refused += n
		}
	}
	allowed := uint64(0)
	switch f.Kind {
	case FloodLogin:
	case FloodQUIC: // nobody gets in who says no more than hello
		allowed = f.Attempts
	default:
		allowed = uint64(floodBurst + floodRate*(f.Seconds+2))
	}
	switch {
	case f.Attempts == 0 || f.Honest.Logins == 0 && f.Honest.Failed == 0:
		return fmt.Errorf("%w: %s: %d attempts and no honest login", ErrIntegrity, f.Kind, f.Attempts)
	case f.Honest.Failed > 0:
		return fmt.Errorf("%w: %s: %d honest logins failed: %s", ErrIntegrity, f.Kind, f.Honest.Failed, f.Honest.Why)
	case refused+allowed < f.Attempts:
		return fmt.Errorf("%w: %s: %d attempts got further than they may: %v", ErrIntegrity, f.Kind, f.Attempts-refused-allowed, f.Closes)
	}
	return nil
}

// WriteFloods writes floods for people.
func WriteFloods(w io.Writer, floods []Flood) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "flood\tattempts/s\tgate CPU µs\tattacker CPU µs\tgate ÷ attacker\thonest logins\tfailed\tp50 ms\tp99 ms\t")
	for _, f := range floods {
		fmt.Fprintf(tw, "%s\t%.0f\t%.1f\t%.1f\t%.2f\t%d\t%d\t%.2f\t%.2f\t\n", f.Kind, float64(f.Attempts)/f.Seconds,
			f.GateCPU, f.AttackerCPU, f.Ratio, f.Honest.Logins, f.Honest.Failed, f.Honest.P50, f.Honest.P99)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	for _, f := range floods {
		fmt.Fprintf(w, "%s:", f.Kind)
		for _, reason := range slices.Sorted(maps.Keys(f.Closes)) {
			fmt.Fprintf(w, " %s %d", reason, f.Closes[reason])
		}
		if _, err := fmt.Fprintln(w); err != nil {
			return err
		}
	}
	return nil
}

// WriteFloodsJSON writes floods as one document.
func WriteFloodsJSON(w io.Writer, floods []Flood) error { return writeJSON(w, floods) }

// siege is what a server says of itself during an attack.
type siege struct {
	usage  usage
	closes map[string]uint64 // by reason
}

// since returns the connections closed after before, by reason.
func (s siege) since(before siege) map[string]uint64 {
	all := make(map[string]uint64)
	for reason, n := range s.closes {
		if n -= before.closes[reason]; n > 0 {
			all[reason] = n
		}
	}
	return all
}

// siege reads the metrics of the first process.
func (t Target) siege(ctx context.Context) (siege, error) {
	u, err := t.usage(ctx)
	if err != nil {
		return siege{}, err
	}
	body, err := get(ctx, t.HTTP[0], "/metrics")
	if err != nil {
		return siege{}, noMetrics(t.HTTP[0], err)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(body))
	if err != nil {
		return siege{}, fmt.Errorf("bench: metrics of %s: %w", t.HTTP[0], err)
	}
	s := siege{usage: u, closes: make(map[string]uint64)}
	for _, m := range families["sim_gate_closes_total"].GetMetric() {
		s.closes[m.GetLabel()[0].GetValue()] = uint64(m.GetCounter().GetValue())
	}
	for name, label := range map[string]string{
		"sim_gate_refused_quic_total": "quic_", "sim_gate_dropped_quic_total": "quic_dropped_", "sim_gate_refused_browsers_total": "browsers_", "sim_gate_retried_quic_total": "quic_retried",
	} {
		for _, m := range families[name].GetMetric() {
			reason := label
			if len(m.GetLabel()) > 0 {
				reason += m.GetLabel()[0].GetValue()
			}
			s.closes[reason] = uint64(m.GetCounter().GetValue())
		}
	}
	return s, nil
}

// expects tells whether a gate is to end attempts for a reason.
func (f Flood) expects(reason string) bool {
	switch f.Kind {
	case FloodBrowser, FloodWSS:
		return reason == reasonOver || strings.HasPrefix(reason, "browsers_")
	case FloodLogin:
		return reason == reasonOver || reason == "login_refused" || reason == "login_failed"
	}
	return reason == reasonOver
}
