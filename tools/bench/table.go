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
		fmt.Fprintf(tw, "%s\t%.0f\t%.2f\t%.2f\t%.2f\t%.2f\t\n", m.Name, m.PerSecond, m.P50, m.P99, m.P999, m.Max)
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
	switch {
	case r.Rate > 0:
		text = fmt.Sprintf(", %.0f/s offered", r.Rate)
	case r.InFlight > 0:
		text = fmt.Sprintf(", %d in flight", r.InFlight)
	}
	if r.Size > 0 {
		text += fmt.Sprintf(", %d bytes", r.Size)
	}
	return text
}

// writeCosts writes what is known of costs and memory.
func (r Report) writeCosts(w io.Writer) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	if r.Server != (Cost{}) || r.Client != (Cost{}) {
		fmt.Fprintf(tw, "for each of %q\tCPU µs\tallocations\tbytes in\tbytes out\treads\twrites\tcommits\t\n", r.Measures[0].Name)
		for _, side := range []struct {
			name string
			Cost
		}{{"server", r.Server}, {"clients", r.Client}} {
			fmt.Fprintf(tw, "%s\t%.1f\t%.2f\t%.0f\t%.0f\t%.2f\t%.2f\t%.3f\t\n", side.name,
				side.CPUMicros, side.Allocs, side.BytesIn, side.BytesOut, side.Reads, side.Writes, side.Commits)
		}
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	m := r.Memory
	if m.ResidentPeak > 0 {
		fmt.Fprintf(w, "server memory %.1f MiB before, %.1f MiB at most\n", mebibytes(m.ResidentBefore), mebibytes(m.ResidentPeak))
	}
	if m.PerConnection != 0 {
		fmt.Fprintf(w, "for each connection %.0f bytes resident, %.0f of heap, %.0f of stacks\n", m.PerConnection, m.HeapPerConnection, m.StackPerConnection)
	}
	return nil
}

func mebibytes(n uint64) float64 { return float64(n) / (1 << 20) }
