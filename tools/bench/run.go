package bench

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/sim-im/sim/msgdef/secure"
)

// Pairs runs a pairs load and reports. Progress goes to progress. A server
// that broke a promise is in Report.Err, not in the error.
func Pairs(ctx context.Context, o PairsOptions, progress io.Writer) (r Report, err error) {
	if o.Run == "" {
		o.Run = newRun()
	}
	if err := o.Validate(); err != nil {
		return Report{}, err
	}
	crew, err := muster(ctx, o, progress)
	if err != nil {
		return Report{}, err
	}
	defer func() { err = errors.Join(err, crew.close()) }()

	start := time.Now().Add(200 * time.Millisecond)
	clock := watchCPU(ctx, o, start)
	go narrate(ctx, o, start, progress)
	sum, err := crew.run(ctx, start)
	if err != nil {
		return Report{}, err
	}
	cpu, err := clock.spent()
	if err != nil {
		fmt.Fprintf(progress, "server CPU is not measured: %v\n", err)
	}
	return newReport(o, sum, cpu), nil
}

// crew is where the clients run: in this process or in several.
type crew interface {
	run(ctx context.Context, start time.Time) (Totals, error)
	close() error
}

func muster(ctx context.Context, o PairsOptions, progress io.Writer) (crew, error) {
	if o.Procs > 1 {
		return startWorkers(ctx, o, progress)
	}
	f, err := assemble(ctx, o, progress)
	if err != nil {
		return nil, err
	}
	return local{f}, nil
}

// local is a crew in this process.
type local struct{ fleet *fleet }

func (l local) run(ctx context.Context, start time.Time) (Totals, error) {
	if err := l.fleet.run(ctx, start); err != nil {
		return Totals{}, err
	}
	return l.fleet.totals(), nil
}

func (l local) close() error { return l.fleet.close() }

// narrate says every second how far the run is.
func narrate(ctx context.Context, o PairsOptions, start time.Time, w io.Writer) {
	whole := o.Warmup + o.Duration
	for done := time.Duration(0); done < whole; done += time.Second {
		if sleepUntil(ctx, start.Add(done)) != nil {
			return
		}
		phase := "measuring"
		if done < o.Warmup {
			phase = "warming up"
		}
		fmt.Fprintf(w, "%s: %v of %v\n", phase, done, whole)
	}
}

// cpuClock measures the server's processor time over the measured time.
type cpuClock struct {
	before, after usage
	err           error
	done          chan struct{}
}

func watchCPU(ctx context.Context, o PairsOptions, start time.Time) *cpuClock {
	c := &cpuClock{done: make(chan struct{})}
	from := start.Add(o.Warmup)
	go func() {
		defer close(c.done)
		var errs [4]error
		errs[0] = sleepUntil(ctx, from)
		c.before, errs[1] = o.Target.usage(ctx)
		errs[2] = sleepUntil(ctx, from.Add(o.Duration))
		c.after, errs[3] = o.Target.usage(ctx)
		c.err = errors.Join(errs[0], errs[2], cmp.Or(errs[1], errs[3], c.before.loaded(o.Target.HTTP)))
	}()
	return c
}

// loaded returns an error for the metrics of a server that has no clients.
func (u usage) loaded(addr string) error {
	if u.Sessions == 0 {
		return fmt.Errorf("metrics at %s are those of a server without clients; --http says where a gate under load shows its own", addr)
	}
	return nil
}

func (c *cpuClock) spent() (time.Duration, error) {
	<-c.done
	if c.err != nil {
		return 0, c.err
	}
	return c.after.CPU - c.before.CPU, nil
}

func readRoots(file string) (*secure.Roots, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("bench: roots file: %w (a server writes it at its first start; see --roots)", err)
	}
	return secure.ParseRoots(text)
}

// newRun makes a name that keeps a run's accounts apart from those of others.
func newRun() string { return strings.ToLower(rand.Text()[:8]) }
