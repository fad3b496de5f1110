package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/secure"
	"golang.org/x/sync/errgroup"
)

// PairsOptions describes a pairs run. It crosses the pipe to worker processes
// as JSON.
type PairsOptions struct {
	Target   Target
	Clients  int           // even, at least 2
	InFlight int           // messages each client has on the way, in a closed loop
	Rate     float64       // messages per second of all clients together, in an open loop; 0 is a closed loop
	Size     int           // bytes of a body, at least 16
	Warmup   time.Duration // before the measured time
	Duration time.Duration // the measured time
	Procs    int           // processes the clients are spread over
	Run      string        // makes the names of this run's accounts its own
	First    int           // number of the first client in this process
}

// Validate returns every mistake at once.
func (o PairsOptions) Validate() error {
	var errs []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	check(o.Clients >= 2 && o.Clients%2 == 0, "clients is %d; pairs need an even number, at least 2", o.Clients)
	check(o.InFlight >= 1 && o.InFlight <= 1024, "inflight is %d; want 1 to 1024", o.InFlight)
	check(o.Rate >= 0, "rate is %g; want a positive number, or 0 for a closed loop", o.Rate)
	check(o.Size >= minBody && o.Size <= msgdef.MaxBody, "size is %d; want %d to %d bytes", o.Size, minBody, msgdef.MaxBody)
	check(o.Duration > 0, "duration is %v; want a positive time", o.Duration)
	check(o.Warmup >= 0, "warmup is %v; want 0 or a positive time", o.Warmup)
	check(o.Procs >= 1 && o.Procs <= 64 && o.Clients >= 2*o.Procs, "procs is %d; want 1 to 64, with a pair of clients for each", o.Procs)
	return errors.Join(errs...)
}

// fleet is the clients of one process.
type fleet struct {
	options PairsOptions
	members []*member // 2i and 2i+1 are a pair
	span    span
}

// loginsAtOnce bounds logins under way: each costs the server a password hash.
const loginsAtOnce = 16

// password of the accounts that a run makes for itself.
const password = "bench"

// assemble logs all clients in.
func assemble(ctx context.Context, o PairsOptions, progress io.Writer) (*fleet, error) {
	roots, err := readRoots(o.Target.Roots)
	if err != nil {
		return nil, err
	}
	f := &fleet{options: o, members: make([]*member, o.Clients)}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(loginsAtOnce)
	for i := range f.members {
		g.Go(func() error {
			m, err := f.join(ctx, roots, o.First+i)
			f.members[i] = m
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, errors.Join(err, f.close())
	}
	for i := 0; i < len(f.members); i += 2 {
		a, b := f.members[i], f.members[i+1]
		a.conv = msgdef.Pair(a.client.UID(), b.client.UID())
		b.conv = a.conv
	}
	fmt.Fprintf(progress, "%d clients logged in\n", o.Clients)
	return f, nil
}

// join logs client number in and returns its member.
func (f *fleet) join(ctx context.Context, roots *secure.Roots, number int) (*member, error) {
	o := f.options
	m := &member{span: &f.span, size: o.Size, again: o.Rate == 0, tally: newTally()}
	c, err := client.New(client.Options{
		Addresses: o.Target.Servers,
		Dialer:    o.Target.dialer(roots),
		Roots:     roots,
		Account:   fmt.Sprintf("bench-%s-%d", o.Run, number),
		Password:  password,
		OnMessage: m.received,
		Backoff:   client.Backoff{Max: settleWithin / 4}, // the default may wait longer than settle does
	})
	if err != nil {
		return nil, err
	}
	m.client = c
	return m, connect(ctx, c)
}

// run sends from start until the measured time is over, then waits until
// everything acknowledged has arrived or the wait is over.
func (f *fleet) run(ctx context.Context, start time.Time) error {
	o := f.options
	f.span.start = start
	f.span.from = start.Add(o.Warmup)
	f.span.to = f.span.from.Add(o.Duration)
	if err := sleepUntil(ctx, start); err != nil {
		return err
	}
	if o.Rate > 0 {
		if err := f.offer(ctx); err != nil {
			return err
		}
	} else {
		f.prime()
	}
	if err := sleepUntil(ctx, f.span.to); err != nil {
		return err
	}
	return f.settle(ctx)
}

// prime starts a closed loop: what follows is sent by the answers.
func (f *fleet) prime() {
	for range f.options.InFlight {
		for _, m := range f.members {
			m.send(time.Now())
		}
	}
}

// offer sends on a timetable that does not care how the server keeps up.
func (f *fleet) offer(ctx context.Context) error {
	interval := float64(time.Second) / f.options.Rate
	for k := 0; ; k++ {
		due := f.span.start.Add(time.Duration(float64(k) * interval))
		if !due.Before(f.span.to) {
			return nil
		}
		if err := sleepUntil(ctx, due); err != nil {
			return err
		}
		f.members[k%len(f.members)].send(due)
	}
}

// settleWithin bounds the wait for what is still on the way.
const settleWithin = 20 * time.Second

// settle waits until every message was answered and every acknowledged one
// has arrived. Running out of time is no error: the counts show it.
func (f *fleet) settle(ctx context.Context) error {
	deadline := time.Now().Add(settleWithin)
	for !f.settled() && time.Now().Before(deadline) {
		if err := sleepUntil(ctx, time.Now().Add(10*time.Millisecond)); err != nil {
			return err
		}
	}
	return nil
}

func (f *fleet) settled() bool {
	for i := 0; i < len(f.members); i += 2 {
		doneA, ackedA, arrivedFromB := f.members[i].settled()
		doneB, ackedB, arrivedFromA := f.members[i+1].settled()
		if !doneA || !doneB || arrivedFromA < ackedA || arrivedFromB < ackedB {
			return false
		}
	}
	return true
}

// totals sums the counts; the clients must have been closed.
func (f *fleet) totals() Totals {
	pairs := make([][2]*tally, 0, len(f.members)/2)
	for i := 0; i < len(f.members); i += 2 {
		pairs = append(pairs, [2]*tally{f.members[i].tally, f.members[i+1].tally})
	}
	return total(pairs)
}

func (f *fleet) close() error {
	var g errgroup.Group
	g.SetLimit(loginsAtOnce)
	for _, m := range f.members {
		if m != nil && m.client != nil {
			g.Go(m.client.Close)
		}
	}
	return g.Wait()
}

func sleepUntil(ctx context.Context, t time.Time) error {
	wait := time.Until(t)
	if wait <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
