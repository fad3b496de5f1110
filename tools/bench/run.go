package bench

import (
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

// startIn is how long after the last login the run starts, so that all
// processes know by then.
const startIn = 200 * time.Millisecond

// Run does what a plan says and reports. Progress goes to progress. A server
// that broke a promise is in Report.Err, not in the error.
func Run(ctx context.Context, p Plan, progress io.Writer) (Report, error) {
	r, err := run(ctx, p, progress)
	return r, because(ctx, err)
}

// because returns why ctx ended instead of what came of that.
func because(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil {
		return err
	}
	return context.Cause(ctx)
}

func run(ctx context.Context, p Plan, progress io.Writer) (r Report, err error) {
	if p.Run == "" {
		p.Run = newRun()
	}
	if err := p.Validate(); err != nil {
		return Report{}, err
	}
	m, err := modeOf(p.Mode)
	if err != nil {
		return Report{}, err
	}
	if _, err := readRoots(p.Target.Roots); err != nil {
		return Report{}, err // rather than in every worker
	}
	ctx, end := context.WithCancel(ctx) // of what watches the run
	defer end()
	if m.weigh {
		if err := acquaint(ctx, m, p); err != nil {
			return Report{}, err
		}
	}
	scale := scale{target: p.Target, full: m.weigh, resting: min(restBefore, p.Duration)}
	if err := scale.before(ctx); err != nil {
		return Report{}, err
	}
	if m.prepare != nil {
		if err := m.prepare(ctx, &p); err != nil {
			return Report{}, err
		}
	}
	crew, err := muster(ctx, m, p, progress)
	if err != nil {
		return Report{}, err
	}
	defer func() { err = errors.Join(err, crew.close()) }()

	if m.bursts {
		if err := scale.between(ctx); err != nil {
			return Report{}, err
		}
	}
	s := p.span(time.Now().Add(startIn))
	sampler := sampleServer(ctx, s, p.Target)
	go narrate(ctx, s, progress)
	sum, err := crew.run(ctx, s)
	if err != nil {
		return Report{}, err
	}
	if err := scale.after(ctx); err != nil {
		return Report{}, err
	}
	server, err := sampler.waitLoaded(p.Target)
	if err != nil {
		fmt.Fprintf(progress, "what the server used is not measured: %v\n", err)
	}
	r = newReport(p, sum, server)
	scale.report(&r)
	return r, nil
}

// acquaintances is how many clients a server is shown before it is weighed.
const acquaintances = 200

// acquaint lets a few clients come and go, so that what a server needs for its
// first ones, such as the pages of its program, is not taken for the price of
// those that follow.
func acquaint(ctx context.Context, m mode, p Plan) error {
	p.Run, p.Clients, p.Procs = p.Run+"0", min(p.Clients, acquaintances), 1
	if m.prepare != nil {
		if err := m.prepare(ctx, &p); err != nil {
			return err
		}
	}
	few, err := begin(ctx, m, p, io.Discard)
	if err != nil {
		return err
	}
	return few.close()
}

// crew is where the clients run: in this process or in several.
type crew interface {
	run(ctx context.Context, s span) (Totals, error)
	close() error
}

func muster(ctx context.Context, m mode, p Plan, progress io.Writer) (crew, error) {
	if p.Procs > 1 {
		return startWorkers(ctx, p, p.shares(m.unit), progress)
	}
	return begin(ctx, m, p, progress)
}

// local is a crew in this process.
type local struct {
	load
	traffic *traffic
}

// begin has the clients of a plan in this process.
func begin(ctx context.Context, m mode, p Plan, progress io.Writer) (*local, error) {
	p.Target.traffic = new(traffic)
	l, err := m.begin(ctx, p, progress)
	if err != nil {
		return nil, err
	}
	return &local{l, p.Target.traffic}, nil
}

// run adds to the totals of the load what this process used.
func (l *local) run(ctx context.Context, s span) (Totals, error) {
	used := sampleOwn(ctx, s, l.traffic)
	if err := l.load.run(ctx, s); err != nil {
		return Totals{}, err
	}
	own, err := used.wait()
	if err != nil {
		return Totals{}, err
	}
	t := l.totals()
	t.Spent = own.spent()
	for i := range s.steps() {
		cores, _ := own.step(i)
		t.Cores = append(t.Cores, cores)
	}
	return t, nil
}

// narrate says at every step how far the run is.
func narrate(ctx context.Context, s span, w io.Writer) {
	whole := s.To.Sub(s.Start)
	for done := time.Duration(0); done < whole; done += s.step() {
		at := s.Start.Add(done)
		if sleepUntil(ctx, at) != nil {
			return
		}
		phase := "measuring"
		if at.Before(s.From) {
			phase = "warming up"
		}
		fmt.Fprintf(w, "%s: %v of %v\n", phase, done, whole)
	}
}

// ErrRoots is a file of Target.Roots that says nothing of root keys.
var ErrRoots = errors.New("bench: no root keys")

func readRoots(file string) (*secure.Roots, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("%w: %w (a server writes the file at its first start; --roots says where it is)", ErrRoots, err)
	}
	roots, err := secure.ParseRoots(text)
	if err != nil {
		return nil, fmt.Errorf("%w in %s: %w", ErrRoots, file, err)
	}
	return roots, nil
}

// newRun makes a name that keeps a run's accounts apart from those of others.
func newRun() string { return strings.ToLower(rand.Text()[:8]) }
