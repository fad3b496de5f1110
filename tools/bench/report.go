package bench

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// ErrIntegrity is the failure of a run in which a message was lost, doubled,
// out of order, or left a gap.
var ErrIntegrity = errors.New("bench: the server broke its promises")

// Report is the outcome of a pairs run. Rates are per second of the measured
// time, latencies in milliseconds from the moment a message was due.
type Report struct {
	Clients  int     `json:"clients"`
	InFlight int     `json:"inflight,omitempty"`
	Rate     float64 `json:"rate,omitempty"`
	Size     int     `json:"size"`
	Seconds  float64 `json:"seconds"`

	AckedPerS     float64 `json:"acked_per_s"`
	DeliveredPerS float64 `json:"delivered_per_s"`
	AckP50        float64 `json:"ack_p50_ms"`
	AckP99        float64 `json:"ack_p99_ms"`
	AckP999       float64 `json:"ack_p999_ms"`
	DeliverP50    float64 `json:"deliver_p50_ms"`
	DeliverP99    float64 `json:"deliver_p99_ms"`
	DeliverP999   float64 `json:"deliver_p999_ms"`
	// ServerCPU is processor time of the server per acknowledged message in
	// microseconds; 0 when its metrics could not be read.
	ServerCPU float64 `json:"server_cpu_us_per_msg"`

	Refused    uint64 `json:"refused"`
	Lost       uint64 `json:"lost"`
	Duplicated uint64 `json:"duplicated"`
	Disordered uint64 `json:"disordered"`
	Gaps       uint64 `json:"gaps"`
}

// newReport turns counts into rates.
func newReport(o PairsOptions, sum Totals, cpu time.Duration) Report {
	seconds := o.Duration.Seconds()
	r := Report{
		Clients: sum.Clients, Rate: o.Rate, Size: o.Size, Seconds: seconds,
		AckedPerS:     float64(sum.Acked) / seconds,
		DeliveredPerS: float64(sum.Delivered) / seconds,
		Refused:       sum.Refused + sum.Malformed,
		Lost:          sum.Lost,
		Duplicated:    sum.Duplicated,
		Disordered:    sum.Disordered,
		Gaps:          sum.Gaps,
	}
	if o.Rate == 0 {
		r.InFlight = o.InFlight
	}
	if sum.Acked > 0 {
		r.ServerCPU = float64(cpu.Microseconds()) / float64(sum.Acked)
	}
	r.AckP50, r.AckP99, r.AckP999 = percentiles(sum.Ack)
	r.DeliverP50, r.DeliverP99, r.DeliverP999 = percentiles(sum.Deliver)
	return r
}

func percentiles(s *hdrhistogram.Snapshot) (p50, p99, p999 float64) {
	h := hdrhistogram.Import(s)
	at := func(q float64) float64 { return float64(h.ValueAtQuantile(q)) / 1000 }
	return at(50), at(99), at(99.9)
}

// Err returns ErrIntegrity with the counts when a promise was broken.
func (r Report) Err() error {
	if r.Lost+r.Duplicated+r.Disordered+r.Gaps+r.Refused == 0 {
		return nil
	}
	return fmt.Errorf("%w: lost %d, duplicated %d, disordered %d, gaps %d, refused %d",
		ErrIntegrity, r.Lost, r.Duplicated, r.Disordered, r.Gaps, r.Refused)
}

// WriteTable writes the report for people.
func (r Report) WriteTable(w io.Writer) error {
	load := fmt.Sprintf("%d in flight", r.InFlight)
	if r.Rate > 0 {
		load = fmt.Sprintf("%.0f/s offered", r.Rate)
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "%d clients in pairs, %s, %d bytes, %.1f s\n", r.Clients, load, r.Size, r.Seconds)
	fmt.Fprintln(tw, "\tper second\tp50 ms\tp99 ms\tp99.9 ms\t")
	fmt.Fprintf(tw, "acknowledged\t%.0f\t%.2f\t%.2f\t%.2f\t\n", r.AckedPerS, r.AckP50, r.AckP99, r.AckP999)
	fmt.Fprintf(tw, "delivered\t%.0f\t%.2f\t%.2f\t%.2f\t\n", r.DeliveredPerS, r.DeliverP50, r.DeliverP99, r.DeliverP999)
	if err := tw.Flush(); err != nil {
		return err
	}
	if r.ServerCPU > 0 {
		fmt.Fprintf(w, "server CPU %.1f µs per message\n", r.ServerCPU)
	}
	_, err := fmt.Fprintf(w, "lost %d, duplicated %d, disordered %d, gaps %d, refused %d\n",
		r.Lost, r.Duplicated, r.Disordered, r.Gaps, r.Refused)
	return err
}

// WriteJSON writes the report as one document.
func (r Report) WriteJSON(w io.Writer) error { return writeJSON(w, r) }

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
