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
	"time"

	"golang.org/x/sync/errgroup"
)

// A worker is this program started again as `sim bench worker`. It reads JSON
// values from its standard input and answers on its standard output:
//
//	parent                worker
//	PairsOptions ──────▶  logs in
//	             ◀──────  workerReady
//	workerStart  ──────▶  runs
//	             ◀──────  Totals
type (
	workerReady struct{ Clients int }
	workerStart struct{ At time.Time }
)

// Work is the worker's side.
func Work(ctx context.Context, in io.Reader, out io.Writer) error {
	dec, enc := json.NewDecoder(bufio.NewReader(in)), json.NewEncoder(out)
	var o PairsOptions
	if err := dec.Decode(&o); err != nil {
		return fmt.Errorf("bench worker: options: %w", err)
	}
	f, err := assemble(ctx, o, io.Discard)
	if err != nil {
		return err
	}
	if err := enc.Encode(workerReady{len(f.members)}); err != nil {
		return errors.Join(err, f.close())
	}
	var start workerStart
	if err := dec.Decode(&start); err != nil {
		return errors.Join(fmt.Errorf("bench worker: start: %w", err), f.close())
	}
	if err := f.run(ctx, start.At); err != nil {
		return errors.Join(err, f.close())
	}
	return errors.Join(enc.Encode(f.totals()), f.close())
}

// workers is a crew in several processes.
type workers []*worker

type worker struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	enc *json.Encoder
	dec *json.Decoder
}

// startWorkers spreads the pairs evenly and waits until all are logged in.
func startWorkers(ctx context.Context, o PairsOptions, progress io.Writer) (crew, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	var all workers
	var g errgroup.Group
	for i, share := range shares(o) {
		w, err := startWorker(ctx, program)
		if err != nil {
			return nil, errors.Join(err, all.close())
		}
		all = append(all, w)
		g.Go(func() error { return w.assemble(i, share) })
	}
	if err := g.Wait(); err != nil {
		return nil, errors.Join(err, all.close())
	}
	fmt.Fprintf(progress, "%d clients logged in from %d processes\n", o.Clients, len(all))
	return all, nil
}

// shares divides the clients, and the rate with them, into one part a process.
func shares(o PairsOptions) []PairsOptions {
	parts := make([]PairsOptions, o.Procs)
	pairs, first := o.Clients/2, o.First
	for i := range parts {
		n := 2 * (pairs*(i+1)/o.Procs - pairs*i/o.Procs)
		parts[i] = o
		parts[i].Procs, parts[i].Clients, parts[i].First = 1, n, first
		parts[i].Rate = o.Rate * float64(n) / float64(o.Clients)
		first += n
	}
	return parts
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

func (w *worker) assemble(number int, o PairsOptions) error {
	var ready workerReady
	if err := errors.Join(w.enc.Encode(o), w.dec.Decode(&ready)); err != nil {
		return fmt.Errorf("bench: worker %d did not log in: %w", number, err)
	}
	return nil
}

func (all workers) run(_ context.Context, start time.Time) (Totals, error) {
	parts := make([]Totals, len(all))
	var g errgroup.Group
	for i, w := range all {
		g.Go(func() error {
			if err := errors.Join(w.enc.Encode(workerStart{start}), w.dec.Decode(&parts[i])); err != nil {
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
