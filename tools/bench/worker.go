package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// A worker is this program started again as `sim bench worker`. It reads JSON
// values from its standard input and answers on its standard output:
//
//	parent          worker
//	Plan   ──────▶  logs in
//	       ◀──────  workerReady
//	span   ──────▶  runs
//	       ◀──────  Totals
type workerReady struct{}

// Work is the worker's side.
func Work(ctx context.Context, in io.Reader, out io.Writer) error {
	dec, enc := json.NewDecoder(bufio.NewReader(in)), json.NewEncoder(out)
	var p Plan
	if err := dec.Decode(&p); err != nil {
		return fmt.Errorf("bench worker: plan: %w", err)
	}
	m, err := modeOf(p.Mode)
	if err != nil {
		return err
	}
	l, err := begin(ctx, m, p, io.Discard)
	if err != nil {
		return because(ctx, err)
	}
	return because(ctx, errors.Join(serve(ctx, l, dec, enc), l.close()))
}

// serve says that the clients are ready, runs when the parent says so, and
// answers with what they counted.
func serve(ctx context.Context, l *local, dec *json.Decoder, enc *json.Encoder) error {
	if err := enc.Encode(workerReady{}); err != nil {
		return err
	}
	var s span
	if err := dec.Decode(&s); err != nil {
		return fmt.Errorf("bench worker: start: %w", err)
	}
	sum, err := l.run(ctx, s)
	if err != nil {
		return err
	}
	return enc.Encode(sum)
}
