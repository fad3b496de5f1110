package ops

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// Sample is one value of a role at the time of a scrape.
type Sample struct {
	Name   string // noun with its unit: "connections", "closes_total"
	Help   string
	Value  float64
	Gauge  bool   // false for a counter
	Reason string // value of the label reason, from a closed set; "" for no label
}

// Source is a role and how to read its counters. A role counts with plain
// atomics and knows nothing of the metrics system.
type Source struct {
	Role string // gate, route, imservice
	Read func() []Sample
}

// NewMetrics returns a registry with the process, the Go runtime, and every
// source under the names sim_<role>_<noun>.
func NewMetrics(sources ...Source) *prometheus.Registry {
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		reader(sources),
	)
	return registry
}

// reader reads the sources at every scrape. It describes nothing in advance,
// because reasons appear when they happen.
type reader []Source

// Describe implements prometheus.Collector.
func (r reader) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (r reader) Collect(out chan<- prometheus.Metric) {
	for _, source := range r {
		for _, s := range source.Read() {
			out <- metric(source.Role, s)
		}
	}
}

func metric(role string, s Sample) prometheus.Metric {
	var names, values []string
	if s.Reason != "" {
		names, values = []string{"reason"}, []string{s.Reason}
	}
	kind := prometheus.CounterValue
	if s.Gauge {
		kind = prometheus.GaugeValue
	}
	desc := prometheus.NewDesc(prometheus.BuildFQName("sim", role, s.Name), s.Help, names, nil)
	m, err := prometheus.NewConstMetric(desc, kind, s.Value, values...)
	if err != nil {
		return prometheus.NewInvalidMetric(desc, err)
	}
	return m
}
