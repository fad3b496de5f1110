package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"

	"golang.org/x/sync/errgroup"
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
		return err
	}
	return errors.Join(serve(ctx, l, dec, enc), l.close())
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

// workers is a crew in several processes.
type workers []*worker

type worker struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	enc *json.Encoder
	dec *json.Decoder
}

// startWorkers gives each share of a plan to a process and waits until all are
// ready.
func startWorkers(ctx context.Context, p Plan, shares []Plan, progress io.Writer) (crew, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	var all workers
	var g errgroup.Group
	for i, share := range shares {
		w, err := startWorker(ctx, program)
		if err != nil {
			return nil, errors.Join(err, all.close())
		}
		all = append(all, w)
		g.Go(func() error { return w.begin(i, share) })
	}
	if err := g.Wait(); err != nil {
		return nil, errors.Join(err, all.close())
	}
	fmt.Fprintf(progress, "%d clients are ready in %d processes\n", p.Clients, len(all))
	return all, nil
}

func startWorker(ctx context.Context, program string) (*worker, error) {
	cmd := exec.CommandContext(ctx, program, "bench", "worker")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &worker{cmd: cmd, in: in, enc: json.NewEncoder(in), dec: json.NewDecoder(bufio.NewReader(out))}, nil
}

func (w *worker) begin(number int, p Plan) error {
	var ready workerReady
	if err := errors.Join(w.enc.Encode(p), w.dec.Decode(&ready)); err != nil {
		return fmt.Errorf("bench: worker %d did not begin: %w", number, err)
	}
	return nil
}

func (all workers) run(_ context.Context, s span) (Totals, error) {
	parts := make([]Totals, len(all))
	var g errgroup.Group
	for i, w := range all {
		g.Go(func() error {
			if err := errors.Join(w.enc.Encode(s), w.dec.Decode(&parts[i])); err != nil {
				return fmt.Errorf("bench: worker %d: %w", i, err)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return Totals{}, err
	}
	sum := parts[0]
	for _, part := range parts[1:] {
		sum.merge(part)
	}
	return sum, nil
}

// close ends the workers: one that waits for a value ends when its input does.
func (all workers) close() error {
	var errs []error
	for _, w := range all {
		errs = append(errs, w.in.Close(), w.cmd.Wait())
	}
	return errors.Join(errs...)
}
