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

// workers is a crew in several processes. The first failure of one ends all:
// what the others would count is of no use.
type workers struct {
	ctx  context.Context // of the processes
	kill context.CancelFunc
	all  []*worker
}

// worker is the parent's side of one, see Work.
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
	w := new(workers)
	w.ctx, w.kill = context.WithCancel(ctx)
	for range shares {
		one, err := startWorker(w.ctx, program)
		if err != nil {
			return nil, errors.Join(err, w.abandon())
		}
		w.all = append(w.all, one)
	}
	err = w.each(ctx, func(i int, one *worker) error {
		var ready workerReady
		return one.ask(shares[i], &ready)
	})
	if err != nil {
		return nil, errors.Join(err, w.abandon())
	}
	fmt.Fprintf(progress, "%d clients are ready in %d processes\n", p.Clients, len(w.all))
	return w, nil
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
	endWithParent(cmd)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &worker{cmd: cmd, in: in, enc: json.NewEncoder(in), dec: json.NewDecoder(bufio.NewReader(out))}, nil
}

// ask gives a worker a value and waits for its answer, or for its end.
func (w *worker) ask(value, answer any) error {
	err := errors.Join(w.enc.Encode(value), w.dec.Decode(answer))
	if errors.Is(err, io.EOF) {
		return errors.New("it ended")
	}
	return err
}

// each calls do with every worker at once. After the first failure, and when ctx
// ends, it kills all of them, so that no call of ask waits for the others.
func (w *workers) each(ctx context.Context, do func(int, *worker) error) error {
	var g errgroup.Group
	for i, one := range w.all {
		g.Go(func() error {
			err := do(i, one)
			if err != nil {
				w.kill()
				return fmt.Errorf("bench: worker %d of %d: %w", i+1, len(w.all), err)
			}
			return nil
		})
	}
	return because(ctx, g.Wait())
}

// run implements crew.
func (w *workers) run(ctx context.Context, s span) (sum Totals, err error) {
	parts := make([]Totals, len(w.all))
	err = w.each(ctx, func(i int, one *worker) error { return one.ask(s, &parts[i]) })
	if err != nil {
		return Totals{}, err
	}
	for _, part := range parts {
		sum.merge(part)
	}
	return sum, nil
}

// close implements crew: a worker that has answered, or waits for a value, ends
// when its input does. How those end that were killed was told already.
func (w *workers) close() error {
	var errs []error
	for _, one := range w.all {
		err := errors.Join(one.in.Close(), one.cmd.Wait())
		if w.ctx.Err() == nil {
			errs = append(errs, err)
		}
	}
	w.kill()
	return errors.Join(errs...)
}

// abandon ends workers that were not begun or failed.
func (w *workers) abandon() error {
	w.kill()
	return w.close()
}
