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
//	end    ──────▶  closes its clients
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

// serve says that the clients are ready, runs when the parent says so, answers
// with what they counted, and waits for the end.
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
	if err := enc.Encode(sum); err != nil {
		return err
	}
	return awaitEnd(dec)
}

// awaitEnd returns when the parent closes the input: until then it may weigh a
// server with the clients.
func awaitEnd(dec *json.Decoder) error {
	var more json.RawMessage
	switch err := dec.Decode(&more); {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return fmt.Errorf("bench worker: end: %w", err)
	}
	return errors.New("bench worker: something follows the start")
}
