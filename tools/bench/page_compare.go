package bench

import (
	"cmp"
	"fmt"
	"html/template"
	"math"
	"slices"

	"github.com/sim-im/sim/tools/plot"
)

// comparison is several targets under the same load.
type comparison struct {
	Load    string
	Base    string // the target that ratios are of
	Figures []figure
	Targets []contender
	Charts  []template.HTML
}

// contender is a target and its runs. What is written of it are medians.
type contender struct {
	Name string
	Runs []Report
}

// Median writes a figure of the runs.
func (c contender) Median(f figure) string { return f.unit.Format(median(c.Runs, f.of)) }

// Shown is the run of the median throughput, whose lines are drawn.
func (c contender) Shown() Report {
	return slices.SortedFunc(slices.Values(c.Runs), func(a, b Report) int {
		return cmp.Compare(a.first().PerSecond, b.first().PerSecond)
	})[len(c.Runs)/2]
}

// Operation names what costs are divided by.
func (c contender) Operation() string { return c.Runs[0].first().Name }

// Broken reports whether a promise was broken in any run.
func (c contender) Broken() bool {
	return slices.ContainsFunc(c.Runs, func(r Report) bool { return r.Err() != nil })
}

// first returns the operation that costs are divided by.
func (r Report) first() Measure {
	if len(r.Measures) == 0 {
		return Measure{}
	}
	return r.Measures[0]
}

// figure is something that targets are compared in.
type figure struct {
	Name string
	unit plot.Unit
	of   func(Report) float64
}

func figures() []figure {
	return []figure{
		{"per second", plot.None, func(r Report) float64 { return r.first().PerSecond }},
		{"p50", plot.Milliseconds, func(r Report) float64 { return r.first().P50 }},
		{"p99", plot.Milliseconds, func(r Report) float64 { return r.first().P99 }},
		{"p99.9", plot.Milliseconds, func(r Report) float64 { return r.first().P999 }},
		{"CPU, server", plot.Microseconds, func(r Report) float64 { return r.Server.CPUMicros }},
		{"CPU, both sides", plot.Microseconds, func(r Report) float64 { return r.Server.CPUMicros + r.Client.CPUMicros }},
		{"allocations, server", plot.None, func(r Report) float64 { return r.Server.Allocs }},
		{"memory, server", plot.Bytes, func(r Report) float64 { return float64(r.Memory.ResidentPeak) }},
	}
}

// compareReports compares the targets of each load; one alone has nothing to
// be compared with.
func compareReports(reports []Report) []comparison {
	var all []comparison
	for _, r := range reports {
		load := fmt.Sprintf("%s, %d clients%s", r.Mode, r.Clients, r.load())
		i := slices.IndexFunc(all, func(c comparison) bool { return c.Load == load })
		if i < 0 {
			i = len(all)
			all = append(all, comparison{Load: load, Figures: figures()})
		}
		all[i].take(r)
	}
	all = slices.DeleteFunc(all, func(c comparison) bool { return len(c.Targets) < 2 })
	for i := range all {
		all[i].draw()
	}
	return all
}

// take adds a run.
func (c *comparison) take(r Report) {
	i := slices.IndexFunc(c.Targets, func(t contender) bool { return t.Name == r.Target })
	if i < 0 {
		i = len(c.Targets)
		c.Targets = append(c.Targets, contender{Name: r.Target})
	}
	c.Targets[i].Runs = append(c.Targets[i].Runs, r)
}

// base returns the target that the others are measured by: the committing
// relay, which does as little as a durable server can, or the first.
func (c *comparison) base() contender {
	return c.Targets[max(0, slices.IndexFunc(c.Targets, func(t contender) bool { return t.Name == CommittingRelay }))]
}

// draw makes the plots.
func (c *comparison) draw() {
	c.Base = c.base().Name
	operation := c.Targets[0].Operation()
	c.Charts = []template.HTML{
		svg(c.ratios()),
		svg(c.lines("Throughput: "+operation, "operations per second", plot.Axis{Zero: true},
			func(r Report, s Second) float64 { return r.perSecond(operation)(s) })),
		svg(c.lines("Latency: "+operation, "p99 of each second", plot.Axis{Unit: plot.Milliseconds, Log: true},
			func(_ Report, s Second) float64 { return s.latency(operation, p99) })),
		svg(c.lines("Processor of the server", "cores in use", plot.Axis{Zero: true},
			func(_ Report, s Second) float64 { return s.ServerCPU })),
		svg(c.lines("Memory of the server", "resident", plot.Axis{Unit: plot.Bytes, Zero: true},
			func(_ Report, s Second) float64 { return resident(s) })),
	}
}

// lines puts a figure of all targets on one pair of axes.
func (c *comparison) lines(title, what string, y plot.Axis, figure func(Report, Second) float64) plot.Chart {
	out := chart(title, what, y)
	for _, t := range c.Targets {
		r := t.Shown()
		out.Lines = append(out.Lines, r.line(t.Name, func(s Second) float64 { return figure(r, s) }))
	}
	return out
}

// ratios divides the figures by those of the base.
func (c *comparison) ratios() plot.Bars {
	b := plot.Bars{Title: "Ratios to " + c.Base, About: "Throughput, latency, costs and memory, each divided by that of " + c.Base + "."}
	for _, t := range c.Targets {
		b.Who = append(b.Who, t.Name)
	}
	base := c.base()
	for _, f := range c.Figures {
		g := plot.Group{Name: f.Name}
		for _, t := range c.Targets {
			g.Values = append(g.Values, quotient(median(t.Runs, f.of), median(base.Runs, f.of)))
		}
		b.Groups = append(b.Groups, g)
	}
	return b
}

// quotient is not a number when one side is not known.
func quotient(a, b float64) float64 {
	if a == 0 || b == 0 {
		return math.NaN()
	}
	return a / b
}
