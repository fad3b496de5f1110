package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
)

// devicesPerUser is how many connections of an idle run share an account, so
// that a password is hashed once for all of them.
const devicesPerUser = 32

// IdleReport is the outcome of an idle run: what a logged-in, silent
// connection costs the server, in bytes.
type IdleReport struct {
	Conns           int     `json:"conns"`
	ResidentPerConn float64 `json:"resident_bytes_per_conn"` // memory of the process
	HeapPerConn     float64 `json:"heap_bytes_per_conn"`     // Go heap in use after a collection
	StackPerConn    float64 `json:"stack_bytes_per_conn"`    // goroutine stacks in use
	Lost            int     `json:"lost"`                    // connections that did not stay
}

// Idle opens conns connections, weighs the server before and after, and closes
// them.
func Idle(ctx context.Context, target Target, conns int, progress io.Writer) (report IdleReport, err error) {
	before, err := weigh(ctx, target)
	if err != nil {
		return report, err
	}
	crowd, err := gather(ctx, target, conns, progress)
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, crowd.close()) }()
	after, err := weigh(ctx, target)
	if err != nil {
		return report, err
	}
	per := func(before, after uint64) float64 { return (float64(after) - float64(before)) / float64(conns) }
	return IdleReport{
		Conns:           conns,
		ResidentPerConn: per(before.Resident, after.Resident),
		HeapPerConn:     per(before.Heap, after.Heap),
		StackPerConn:    per(before.Stack, after.Stack),
		Lost:            crowd.lost(),
	}, nil
}

// weigh reads the server's memory after a collection.
func weigh(ctx context.Context, target Target) (usage, error) {
	if err := target.collect(ctx); err != nil {
		return usage{}, err
	}
	return target.usage(ctx)
}

// Err returns ErrIntegrity when connections did not stay.
func (r IdleReport) Err() error {
	if r.Lost == 0 {
		return nil
	}
	return fmt.Errorf("%w: %d of %d idle connections were lost", ErrIntegrity, r.Lost, r.Conns)
}

// WriteTable writes the report for people.
func (r IdleReport) WriteTable(w io.Writer) error {
	fmt.Fprintf(w, "%d idle connections, bytes of the server for each\n", r.Conns)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "resident\theap\tstacks\t")
	fmt.Fprintf(tw, "%.0f\t%.0f\t%.0f\t\n", r.ResidentPerConn, r.HeapPerConn, r.StackPerConn)
	return tw.Flush()
}

// WriteJSON writes the report as one document.
func (r IdleReport) WriteJSON(w io.Writer) error { return writeJSON(w, r) }
