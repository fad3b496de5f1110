package bench

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// WriteTable writes the report for people.
func (r Report) WriteTable(w io.Writer) error {
	fmt.Fprintf(w, "%s, %d clients%s, %.1f s, %s\n", r.Mode, r.Clients, r.load(), r.Seconds, r.Target)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "\tper second\tp50 ms\tp99 ms\tp99.9 ms\tmax ms\t")
	for _, m := range r.Measures {
		if m.Count == 0 {
			fmt.Fprintf(tw, "%s\t0\t-\t-\t-\t-\t\n", m.Name)
			continue
		}
		fmt.Fprintf(tw, "%s\t%.*f\t%.2f\t%.2f\t%.2f\t%.2f\t\n", m.Name, decimals(m.PerSecond), m.PerSecond, m.P50, m.P99, m.P999, m.Max)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	if err := r.writeCosts(w); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w, r.Integrity)
	return err
}

// load says what the clients did.
func (r Report) load() string {
	text := ""
	if r.Rate > 0 || r.InFlight > 0 {
		text = ", " + Plan{InFlight: r.InFlight, Rate: r.Rate}.text()
	}
	if r.Size > 0 {
		text += fmt.Sprintf(", %d bytes", r.Size)
	}
	return text
}

// writeCosts writes what is known of costs and memory.
func (r Report) writeCosts(w io.Writer) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	if sides := r.sides(); len(sides) > 0 {
		fmt.Fprintf(tw, "for each of %q\tCPU µs\tallocations\tbytes in\tbytes out\treads\twrites\tcommits\t\n", r.Measures[0].Name)
		for _, side := range sides {
			fmt.Fprintf(tw, "%s\t%.1f\t%.2f\t%.0f\t%.0f\t%s\t%.2f\t%s\t\n", side.Side,
				side.CPUMicros, side.Allocs, side.BytesIn, side.BytesOut, known("%.2f", side.Reads), side.Writes, known("%.3f", side.Commits))
		}
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	if r.Resume != nil {
		fmt.Fprintln(w, r.Resume)
	}
	m := r.Memory
	switch {
	case m.ResidentWith > 0:
		fmt.Fprintf(w, "server memory %.1f MiB without connections, %.1f MiB with them, %.1f MiB at most, %.1f MiB after\n",
			mebibytes(m.ResidentBefore), mebibytes(m.ResidentWith), mebibytes(m.ResidentPeak), mebibytes(m.ResidentAfter))
	case m.ResidentPeak > 0:
		fmt.Fprintf(w, "server memory %.1f MiB before, %.1f MiB at most\n", mebibytes(m.ResidentBefore), mebibytes(m.ResidentPeak))
	}
	if m.PerConnection != 0 {
		fmt.Fprintf(w, "for each connection %.0f bytes resident at rest, %.0f when weighed, %.0f of heap, %.0f of stacks\n",
			m.RestPerConnection, m.PerConnection, m.HeapPerConnection, m.StackPerConnection)
	}
	if m.KernelPerConnection != 0 {
		fmt.Fprintf(w, "and %.0f bytes of this machine's kernel, for both ends\n", m.KernelPerConnection)
	}
	return nil
}

// sideCost is what an operation cost a side.
type sideCost struct {
	Side string
	Cost
}

// sides returns the costs of both sides; none when neither is known.
func (r Report) sides() []sideCost {
	if r.Server == (Cost{}) && r.Client == (Cost{}) {
		return nil
	}
	return []sideCost{{"server", r.Server}, {"clients", r.Client}}
}

// known writes a cost, of which 0 means that nobody counts it.
func known(format string, cost float64) string {
	if cost == 0 {
		return "-"
	}
	return fmt.Sprintf(format, cost)
}

// decimals returns how many a rate is written with: what is rare shows them.
func decimals(perSecond float64) int {
	if perSecond < 10 {
		return 1
	}
	return 0
}

func mebibytes(n uint64) float64 { return float64(n) / (1 << 20) }
