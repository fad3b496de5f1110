package bench

import (
	"encoding/json"
	"testing"
	"time"
)

// measured returns the totals of a process whose operations end at the given
// times of the measured time, and take as long.
func measured(name string, ends ...time.Duration) Totals {
	start := time.Unix(1700000000, 0)
	m := newMeter(name)
	m.begin(Plan{Duration: 3 * time.Second}.span(start))
	for i, d := range ends {
		m.shard(i).record(start.Add(d), d)
	}
	return Totals{Clients: 1, Measures: []Counted{m.counted()}, Cores: []float64{0.5, 0.25}}
}

// crossed returns what comes out of a pipe that t is put into.
func crossed(t *testing.T, sum Totals) (out Totals) {
	t.Helper()
	text, err := json.Marshal(sum)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestTotalsMerge(t *testing.T) {
	sum := measured("delivered", 100*time.Millisecond, 2500*time.Millisecond)
	other := measured("delivered", 1100*time.Millisecond, 2100*time.Millisecond, 2200*time.Millisecond, 3*time.Second) // the last one is too late
	other.Integrity.Lost = 2
	sum = crossed(t, sum)
	sum.merge(crossed(t, other))
	sum.merge(crossed(t, measured("delivered"))) // nothing done
	if sum.Clients != 3 || sum.Integrity.Lost != 2 || len(sum.Measures) != 1 {
		t.Fatalf("clients, lost, measures = %d, %d, %d, want 3, 2, 1", sum.Clients, sum.Integrity.Lost, len(sum.Measures))
	}
	c := sum.Measures[0]
	if c.Count != 5 || c.Latency.TotalCount() != 5 {
		t.Errorf("count, latencies = %d, %d, want 5, 5", c.Count, c.Latency.TotalCount())
	}
	for i, want := range []uint64{1, 1, 3} {
		if got := c.Steps[i]; got.Count != want || got.Latency.TotalCount() != int64(want) {
			t.Errorf("second %d has %d, %d latencies, want %d", i, got.Count, got.Latency.TotalCount(), want)
		}
	}
	if sum.Cores[0] != 1.5 || sum.Cores[1] != 0.75 {
		t.Errorf("cores = %v, want [1.5 0.75]", sum.Cores)
	}
	p50, most := c.Latency.at(50), c.Latency.at(100)
	if p50 < 2098 || p50 > 2102 || most < 2498 || most > 2502 {
		t.Errorf("p50, max = %g, %g ms, want about 2100, 2500", p50, most)
	}
}
