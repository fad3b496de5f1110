package bench

import (
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
)

// Limit is the outcome of a limit run.
type Limit struct {
	Mode    string      `json:"mode"`
	Clients int         `json:"clients"`
	Size    int         `json:"size_bytes"`
	Procs   int         `json:"procs"`
	Seconds float64     `json:"seconds"` // measured time of each run
	Rounds  int         `json:"rounds"`
	Loads   []LimitLoad `json:"loads"`
}

// LimitLoad is what one load brought out of each subject.
type LimitLoad struct {
	InFlight int            `json:"in_flight,omitempty"` // of a closed loop
	Rate     float64        `json:"rate_per_s,omitempty"`
	Subjects []LimitSubject `json:"subjects"` // the server first
}

// LimitSubject is something that was measured.
type LimitSubject struct {
	Name    string   `json:"name"`
	Medians Figures  `json:"medians"`
	Ratio   Figures  `json:"server_divided_by_this"` // of the medians; zero where this has none
	Runs    []Report `json:"runs"`                   // one a round
}

// Figures are what is compared. Messages are those acknowledged between pairs, and
// those delivered to the members of a group.
type Figures struct {
	PerSecond  float64 `json:"messages_per_s"`
	CPU        float64 `json:"cpu_us_per_message"` // of server and clients
	ServerCPU  float64 `json:"server_cpu_us_per_message"`
	AckP99     float64 `json:"acknowledged_p99_ms"`
	DeliverP99 float64 `json:"delivered_p99_ms"`
}

func newLimit(p LimitPlan) Limit {
	l := Limit{Mode: p.Mode, Clients: p.Clients, Size: p.Size, Procs: p.Procs, Seconds: p.Duration.Seconds(), Rounds: p.Rounds}
	for _, plan := range p.plans() {
		load := LimitLoad{Rate: plan.Rate}
		if plan.Rate == 0 {
			load.InFlight = plan.InFlight
		}
		for _, s := range p.subjects() {
			load.Subjects = append(load.Subjects, LimitSubject{Name: s.name})
		}
		l.Loads = append(l.Loads, load)
	}
	return l
}

// compare fills medians and ratios in.
func (l *Limit) compare() {
	for i := range l.Loads {
		all := l.Loads[i].Subjects
		for k := range all {
			all[k].Medians = medians(all[k].Runs, l.counted())
			all[k].Ratio = all[0].Medians.over(all[k].Medians)
		}
	}
}

// counted names the measure whose operations are counted, and that costs are
// divided by.
func (l *Limit) counted() string {
	if l.Mode == Group {
		return "delivered"
	}
	return "acknowledged"
}

func medians(runs []Report, counted string) Figures {
	return Figures{
		PerSecond:  median(runs, func(r Report) float64 { return r.Measure(counted).PerSecond }),
		CPU:        median(runs, func(r Report) float64 { return r.Server.CPUMicros + r.Client.CPUMicros }),
		ServerCPU:  median(runs, func(r Report) float64 { return r.Server.CPUMicros }),
		AckP99:     median(runs, func(r Report) float64 { return r.Measure("acknowledged").P99 }),
		DeliverP99: median(runs, func(r Report) float64 { return r.Measure("delivered").P99 }),
	}
}

// over divides figure by figure.
func (f Figures) over(o Figures) Figures {
	return Figures{
		PerSecond: ratio(f.PerSecond, o.PerSecond), CPU: ratio(f.CPU, o.CPU), ServerCPU: ratio(f.ServerCPU, o.ServerCPU),
		AckP99: ratio(f.AckP99, o.AckP99), DeliverP99: ratio(f.DeliverP99, o.DeliverP99),
	}
}

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// Err returns what promises were broken, and by whom; all of it wraps
// ErrIntegrity.
func (l Limit) Err() error {
	var errs []error
	for _, load := range l.Loads {
		for _, s := range load.Subjects {
			for _, r := range s.Runs {
				if err := r.Err(); err != nil {
					errs = append(errs, fmt.Errorf("%s, %s: %w", s.Name, load.text(), err))
				}
			}
		}
	}
	return errors.Join(errs...)
}

func (l LimitLoad) text() string { return Plan{InFlight: l.InFlight, Rate: l.Rate}.text() }

// WriteTable writes medians and ratios for people.
func (l Limit) WriteTable(w io.Writer) error {
	fmt.Fprintf(w, "%s, %d clients, %d bytes, medians of %d rounds of %.1f s\n", l.Mode, l.Clients, l.Size, l.Rounds, l.Seconds)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, load := range l.Loads {
		fmt.Fprintf(tw, "\t\t\t\t\t\t\n%s\t%s/s\tCPU µs of each\tof it server\tack p99 ms\tdelivered p99 ms\t\n", load.text(), l.counted())
		for _, s := range load.Subjects {
			m := s.Medians
			fmt.Fprintf(tw, "%s\t%.0f\t%.1f\t%.1f\t%.2f\t%.2f\t\n", s.Name, m.PerSecond, m.CPU, m.ServerCPU, m.AckP99, m.DeliverP99)
		}
		for _, s := range load.Subjects[1:] {
			q := s.Ratio
			fmt.Fprintf(tw, "server ÷ %s\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t\n", s.Name, q.PerSecond, q.CPU, q.ServerCPU, q.AckP99, q.DeliverP99)
		}
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%s\n", l.integrity())
	return err
}

// integrity sums the counts of all runs.
func (l Limit) integrity() (sum Integrity) {
	for _, load := range l.Loads {
		for _, s := range load.Subjects {
			for _, r := range s.Runs {
				sum.add(r.Integrity)
			}
		}
	}
	return sum
}

// WriteJSON writes everything, the reports of the runs included, as one
// document.
func (l Limit) WriteJSON(w io.Writer) error { return writeJSON(w, l) }
