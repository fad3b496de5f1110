package bench

import (
	"encoding/json"
	"io"
	"time"
)

// Report is the outcome of a run. Its JSON names have their units.
type Report struct {
	Mode     string  `json:"mode"`
	Target   string  `json:"target"` // what was under load: "server", "relay" …
	Clients  int     `json:"clients"`
	InFlight int     `json:"in_flight,omitempty"` // of a closed loop
	Rate     float64 `json:"rate_per_s,omitempty"`
	Size     int     `json:"size_bytes,omitempty"`
	Procs    int     `json:"procs"`   // processes of the clients
	Seconds  float64 `json:"seconds"` // measured time

	Measures  []Measure `json:"measures"` // the first is the operation that costs are divided by
	Server    Cost      `json:"server"`
	Client    Cost      `json:"client"`
	Resume    *Resume   `json:"resume,omitempty"` // of logins with tickets
	Memory    Memory    `json:"memory"`           // of the server
	Integrity Integrity `json:"integrity"`
	Timeline  []Second  `json:"timeline"`
}

// Measure is one kind of operation. Latencies are in milliseconds; in an open
// loop they count from when the operation was due.
type Measure struct {
	Name      string  `json:"name"` // acknowledged, delivered, logins, pages …
	Count     uint64  `json:"count"`
	PerSecond float64 `json:"per_s"`
	P50       float64 `json:"p50_ms"`
	P99       float64 `json:"p99_ms"`
	P999      float64 `json:"p999_ms"`
	Max       float64 `json:"max_ms"`
}

// Cost is what an operation cost a side. What is not known is 0.
type Cost struct {
	CPUMicros float64 `json:"cpu_us_per_op"` // processor time
	Allocs    float64 `json:"allocs_per_op"`
	BytesIn   float64 `json:"bytes_in_per_op"` // from the network
	BytesOut  float64 `json:"bytes_out_per_op"`
	Reads     float64 `json:"reads_per_op,omitempty"` // system calls, or reads of records
	Writes    float64 `json:"writes_per_op"`
	Commits   float64 `json:"commits_per_op,omitempty"` // of the server's store
}

// Memory is of the server, in bytes. What is for each connection is known only
// of modes that weigh it.
type Memory struct {
	ResidentBefore     uint64  `json:"resident_before_bytes"`                   // without the clients
	ResidentWith       uint64  `json:"resident_with_bytes,omitempty"`           // with them, before the load; of broadcasts
	ResidentAfter      uint64  `json:"resident_after_bytes,omitempty"`          // with them, after it; of broadcasts
	ResidentPeak       uint64  `json:"resident_peak_bytes"`                     // the greatest that was seen in the measured time
	PerConnection      float64 `json:"resident_bytes_per_connection,omitempty"` // when it was weighed: after a collection
	RestPerConnection  float64 `json:"resting_bytes_per_connection,omitempty"`  // of a server at rest, resident too
	HeapPerConnection  float64 `json:"heap_bytes_per_connection,omitempty"`     // Go heap in use
	StackPerConnection float64 `json:"stack_bytes_per_connection,omitempty"`    // goroutine stacks in use

	// KernelPerConnection is of this machine's kernel: of both ends, when the
	// server is on this machine, and of whatever else it did meanwhile.
	KernelPerConnection float64 `json:"kernel_bytes_per_connection,omitempty"`
}

// Second is a second of the measured time; of one longer than five minutes, as
// many seconds as divide it into 300 at most.
type Second struct {
	At        float64         `json:"at_s"` // of its begin, from the begin of the measured time
	Measures  []SecondMeasure `json:"measures"`
	ServerCPU float64         `json:"server_cpu_cores"`
	ClientCPU float64         `json:"client_cpu_cores"`
	Resident  uint64          `json:"server_resident_bytes"` // at its end
}

// SecondMeasure is what a Measure of the report was in one Second.
type SecondMeasure struct {
	Name  string  `json:"name"`
	Count uint64  `json:"count"`
	P50   float64 `json:"p50_ms"`
	P99   float64 `json:"p99_ms"`
	P999  float64 `json:"p999_ms"`
}

// newReport makes a report of what the clients and the sampler counted.
func newReport(p Plan, sum Totals, server samples) Report {
	r := Report{
		Mode: p.Mode, Target: p.Target.name(), Clients: sum.Clients, Rate: p.Rate, Size: p.Size,
		Procs: p.Procs, Seconds: p.Duration.Seconds(), Integrity: sum.Integrity,
	}
	if p.Rate == 0 {
		r.InFlight = p.InFlight
	}
	for _, c := range sum.Measures {
		r.Measures = append(r.Measures, c.summary(r.Seconds))
	}
	if p.Mode == Fanout {
		r.Measures = append(r.Measures, everyone(sum.Waves, sum.Clients).summary(r.Seconds))
	}
	if len(r.Measures) > 0 {
		r.Server, r.Client = server.spent().per(r.Measures[0].Count), sum.Spent.per(r.Measures[0].Count)
	}
	if p.Resume {
		r.Resume = newResume(p, r, server)
	}
	r.Memory.ResidentPeak = server.residentPeak()
	r.Timeline = timeline(p, sum, server)
	return r
}

// timeline puts what was counted in each step side by side.
func timeline(p Plan, sum Totals, server samples) []Second {
	span := p.span(time.Time{})
	line := make([]Second, span.steps())
	for i := range line {
		line[i].At = float64(i) * span.step().Seconds()
		for _, c := range sum.Measures {
			m := SecondMeasure{Name: c.Name}
			if i < len(c.Steps) {
				s := c.Steps[i]
				m.Count, m.P50, m.P99, m.P999 = s.Count, s.Latency.at(50), s.Latency.at(99), s.Latency.at(99.9)
			}
			line[i].Measures = append(line[i].Measures, m)
		}
		if i < len(sum.Cores) {
			line[i].ClientCPU = sum.Cores[i]
		}
		line[i].ServerCPU, line[i].Resident = server.step(i)
	}
	return line
}

// Measure returns the measure of a name, a zero one when the mode has none.
func (r Report) Measure(name string) Measure {
	for _, m := range r.Measures {
		if m.Name == name {
			return m
		}
	}
	return Measure{}
}

// Err returns ErrIntegrity with the counts when a promise was broken.
func (r Report) Err() error { return r.Integrity.Err() }

// WriteJSON writes the report as one document.
func (r Report) WriteJSON(w io.Writer) error { return writeJSON(w, r) }

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
