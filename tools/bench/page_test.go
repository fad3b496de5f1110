package bench_test

import (
	"bytes"
	"math"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/sim-im/sim/tools/bench"
)

// invented returns a report with figures in every field.
func invented(target string, scale float64) bench.Report {
	r := bench.Report{
		Mode: bench.Pairs, Target: target, Clients: 200, InFlight: 16, Size: 200, Procs: 2, Seconds: 29.5,
		Server: bench.Cost{CPUMicros: 5.2 * scale, Allocs: 1.4, BytesIn: 280, BytesOut: 560, Writes: 0.21, Commits: 0.004},
		Client: bench.Cost{CPUMicros: 3.1, Allocs: 0.1, BytesIn: 560, BytesOut: 280, Writes: 0.4},
		Memory: bench.Memory{ResidentBefore: 30 << 20, ResidentPeak: uint64(120 * scale * (1 << 20))},
	}
	for i, name := range []string{"acknowledged", "delivered"} {
		late := 1 + 0.2*float64(i)
		r.Measures = append(r.Measures, bench.Measure{Name: name, Count: 6_000_000, PerSecond: 203_000 / scale, P50: 2.1 * scale * late, P99: 9.5 * scale, P999: 21 * scale, Max: 61})
	}
	for i := range 30 {
		wave := 1 + math.Sin(float64(i)/4)/10
		s := bench.Second{At: float64(i), ServerCPU: 1.1 * wave, ClientCPU: 0.8 / wave, Resident: uint64((60 + 60*math.Log1p(float64(i))/3.4) * scale * (1 << 20))}
		for _, m := range r.Measures {
			count := uint64(m.PerSecond * wave)
			if i == 29 {
				count /= 2
			}
			s.Measures = append(s.Measures, bench.SecondMeasure{Name: m.Name, Count: count, P50: m.P50 / wave, P99: m.P99 / wave / wave, P999: m.P999 * wave})
		}
		r.Timeline = append(r.Timeline, s)
	}
	return r
}

func TestPageOfOneReport(t *testing.T) {
	r := invented("server", 1)
	r.Measures = append(r.Measures, bench.Measure{Name: "history pages", Count: 30, PerSecond: 1, Max: 2345})
	text := writePage(t, r)
	for _, want := range []string{
		"sim bench pairs", "Every promise was kept", "203k", "2.1\u00a0ms", "5.2\u00a0µs", "120\u00a0MiB",
		"Latency: acknowledged", "Latency: delivered", "Throughput<", "Throughput of rare operations<", "2.35\u00a0s", "Processor", "Memory of the server",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(text, "Compared") {
		t.Error("one report is compared with nothing")
	}
}

// TestPageCompares checks which reports are put side by side, and the ratio.
func TestPageCompares(t *testing.T) {
	other := invented("server", 1)
	other.InFlight = 1 // nothing to compare it with
	text := writePage(t, invented("relay", 0.5), invented("committing relay", 0.8), invented("server", 1), invented("server", 1.1), other)
	if n := strings.Count(text, "<h2>Compared: "); n != 1 {
		t.Errorf("%d comparisons, want 1", n)
	}
	for _, want := range []string{
		"Ratios to committing relay", "per second, server: 0.764<", "p50, relay: 0.625<", "CPU, server, server: 1.31<", "194k",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// TestPageStandsAlone finds nothing in the page that has to be loaded or run,
// whatever the names of a report are.
func TestPageStandsAlone(t *testing.T) {
	r := invented(`<script src="https://example.org/x.js">`, 1)
	r.Mode, r.Measures[0].Name = `"><img src=x>`, "</title><script>"
	r.Integrity.Lost = 3
	text := writePage(t, r, r)
	for _, name := range []string{`<script`, `<img`, `<link`, `@import`, `url\(`, `(src|href)="`} {
		if found := regexp.MustCompile(name).FindString(text); found != "" {
			t.Errorf("the page has %s", found)
		}
	}
	if !strings.Contains(text, "Promises were broken: lost 3") {
		t.Error("the page does not say that something was lost")
	}
}

// TestPageOfNothing writes pages of reports without figures.
func TestPageOfNothing(t *testing.T) {
	writePage(t)
	writePage(t, bench.Report{}, bench.Report{})
	writePage(t, bench.Report{Timeline: []bench.Second{{}}, Measures: []bench.Measure{{Count: 1, P50: math.NaN()}}}, bench.Report{Seconds: math.Inf(1)})
}

// writePage returns the page; SIM_BENCH_PAGE names a file for those who want to
// look at it.
func writePage(t *testing.T, reports ...bench.Report) string {
	t.Helper()
	var out bytes.Buffer
	if err := bench.WriteHTML(&out, reports); err != nil {
		t.Fatal(err)
	}
	if file := os.Getenv("SIM_BENCH_PAGE"); file != "" {
		if err := os.WriteFile(file, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}
