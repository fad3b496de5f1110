package bench

import (
	"math"
	"slices"

	"github.com/sim-im/sim/tools/plot"
)

// charts are the plots of one report.
func (r Report) charts() []plot.Chart {
	if len(r.Timeline) == 0 {
		return nil
	}
	all := r.throughput()
	for _, m := range r.Measures {
		if m.Count > 0 {
			all = append(all, r.percentiles(m.Name))
		}
	}
	all = append(all, chart("Processor", "cores in use", plot.Axis{Zero: true},
		r.line("server", func(s Second) float64 { return s.ServerCPU }),
		r.line("clients", func(s Second) float64 { return s.ClientCPU })))
	if r.Memory.ResidentPeak > 0 {
		all = append(all, chart("Memory of the server", "resident", plot.Axis{Unit: plot.Bytes, Zero: true},
			r.line("server", resident)))
	}
	return all
}

// throughput is one chart, and a second one for what happens so rarely that it
// would lie on the floor of the first.
func (r Report) throughput() []plot.Chart {
	most := 0.0
	for _, m := range r.Measures {
		most = max(most, m.PerSecond)
	}
	all := []plot.Chart{
		chart("Throughput", "operations per second", plot.Axis{Zero: true}),
		chart("Throughput of rare operations", "operations per second", plot.Axis{Zero: true}),
	}
	for _, m := range r.Measures {
		c := &all[0]
		if m.PerSecond*rare < most {
			c = &all[1]
		}
		c.Lines = append(c.Lines, r.line(m.Name, r.perSecond(m.Name)))
	}
	return slices.DeleteFunc(all, func(c plot.Chart) bool { return len(c.Lines) == 0 })
}

// rare is how many times another operation happens.
const rare = 20

func (r Report) percentiles(name string) plot.Chart {
	of := func(pick func(SecondMeasure) float64) func(Second) float64 {
		return func(s Second) float64 { return s.latency(name, pick) }
	}
	return chart("Latency: "+name, "percentiles of each second", plot.Axis{Unit: plot.Milliseconds, Log: true},
		r.line("p50", of(func(m SecondMeasure) float64 { return m.P50 })),
		r.line("p99", of(p99)),
		r.line("p99.9", of(func(m SecondMeasure) float64 { return m.P999 })))
}

// chart returns a chart over the measured time.
func chart(title, what string, y plot.Axis, lines ...plot.Series) plot.Chart {
	y.Name = what
	return plot.Chart{Title: title, X: plot.Axis{Name: "measured time", Unit: plot.Seconds, Zero: true}, Y: y, Lines: lines}
}

// line makes a line of a figure of each second, drawn in its middle.
func (r Report) line(name string, figure func(Second) float64) plot.Series {
	l := plot.Series{Name: name}
	for _, s := range r.Timeline {
		l.Points = append(l.Points, plot.Point{X: s.At + r.length(s)/2, Y: figure(s)})
	}
	return l
}

// length returns the seconds of a Second: as many as of the first one, but for
// the last.
func (r Report) length(s Second) float64 {
	whole := 1.0
	if len(r.Timeline) > 1 {
		whole = r.Timeline[1].At - r.Timeline[0].At
	}
	if left := r.Seconds - s.At; left > 0 && left < whole {
		return left
	}
	return whole
}

// perSecond returns the rate of a measure.
func (r Report) perSecond(name string) func(Second) float64 {
	return func(s Second) float64 { return float64(s.measure(name).Count) / r.length(s) }
}

// latency returns a figure of a measure, not a number when nothing ended in
// that second.
func (s Second) latency(name string, pick func(SecondMeasure) float64) float64 {
	if m := s.measure(name); m.Count > 0 {
		return pick(m)
	}
	return math.NaN()
}

// measure returns the measure of a name, a zero one when there is none.
func (s Second) measure(name string) SecondMeasure {
	for _, m := range s.Measures {
		if m.Name == name {
			return m
		}
	}
	return SecondMeasure{}
}

func p99(m SecondMeasure) float64 { return m.P99 }

// resident returns the memory after a second, not a number when not known.
func resident(s Second) float64 {
	if s.Resident == 0 {
		return math.NaN()
	}
	return float64(s.Resident)
}
