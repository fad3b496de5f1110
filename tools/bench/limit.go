package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
)

// LimitPlan asks what this machine allows: the same load on the server and on
// relays, each started anew in a folder of its own for every run.
type LimitPlan struct {
	Plan             // Mode is Pairs or Group; Target, InFlight and Rate are not used
	Depths   []int   // InFlight of the closed loops
	Offered  float64 // Rate of one open loop besides; 0 is none
	Rounds   int     // how often everything is run; figures are medians
	Progress io.Writer
}

// Validate returns every mistake at once.
func (p LimitPlan) Validate() error {
	var errs []error
	if p.Rounds < 1 || p.Rounds > 99 {
		errs = append(errs, fmt.Errorf("rounds is %d; want 1 to 99", p.Rounds))
	}
	if p.Mode != Pairs && p.Mode != Group {
		errs = append(errs, fmt.Errorf("mode is %q; relays know %s and %s", p.Mode, Pairs, Group))
	}
	if len(p.plans()) == 0 {
		errs = append(errs, errors.New("nothing to do: want depths in flight or a rate"))
	}
	for _, plan := range p.plans() {
		errs = append(errs, plan.Validate())
	}
	return errors.Join(errs...)
}

// plans returns one plan for each load.
func (p LimitPlan) plans() []Plan {
	plan := p.Plan
	plan.Rate = 0
	var all []Plan
	for _, plan.InFlight = range p.Depths {
		all = append(all, plan)
	}
	if p.Offered > 0 {
		plan.InFlight, plan.Rate = 1, p.Offered
		all = append(all, plan)
	}
	return all
}

// subject is something to measure.
type subject struct {
	name    string
	command []string
}

// Names of what a limit run compares.
const (
	OurServer       = "server"
	CommittingRelay = "committing relay"
	BareRelay       = "relay"
)

// subjects returns what is compared: first the server, whose figures the
// others are divided into.
func (p LimitPlan) subjects() []subject {
	all := []subject{
		{OurServer, devCommand()},
		{CommittingRelay, []string{"bench", "relay", "--commit"}},
		{BareRelay, []string{"bench", "relay"}},
	}
	if p.Mode == Group {
		all[0].command = append(all[0].command, CheapPasswords()...)
		all = slices.Delete(all, 1, 2) // one commit for a thousand deliveries makes no difference
	}
	return all
}

// RunLimit runs all loads on all subjects, interleaved, and compares. A broken
// promise is in Limit.Err, not in the error.
func RunLimit(ctx context.Context, p LimitPlan) (Limit, error) {
	if err := p.Validate(); err != nil {
		return Limit{}, err
	}
	l, all := newLimit(p), p.subjects()
	for round := range p.Rounds {
		for i, plan := range p.plans() {
			// Who goes first changes, so that no subject has the better place.
			for k := range all {
				at := (round + k) % len(all)
				fmt.Fprintf(p.Progress, "round %d of %d: %s, %s\n", round+1, p.Rounds, plan.text(), all[at].name)
				r, err := all[at].run(ctx, plan)
				if err != nil {
					return Limit{}, err
				}
				runs := &l.Loads[i].Subjects[at].Runs
				*runs = append(*runs, r)
			}
		}
	}
	l.compare()
	return l, nil
}

// text says what a plan asks of the clients.
func (p Plan) text() string {
	if p.Rate > 0 {
		return strconv.FormatFloat(p.Rate, 'f', -1, 64) + "/s offered"
	}
	return fmt.Sprintf("%d in flight", p.InFlight)
}

// run starts the subject, loads it and stops it.
func (s subject) run(ctx context.Context, p Plan) (r Report, err error) {
	server, err := spawn(ctx, s.name, s.command...)
	if err != nil {
		return Report{}, fmt.Errorf("bench: %s: %w", s.name, err)
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	p.Target = server.Target
	r, err = Run(ctx, p, io.Discard)
	if err == nil && r.Err() == nil && r.Server == (Cost{}) {
		err = errUnmeasured // nothing to compare
	}
	if err != nil {
		return Report{}, fmt.Errorf("bench: %s: %w", s.name, err)
	}
	return r, nil
}

// errUnmeasured is a run that no message ended in, or whose server did not show
// what it used.
var errUnmeasured = errors.New("bench: nothing was measured")

// median returns the middle of what figure says of the reports.
func median(runs []Report, figure func(Report) float64) float64 {
	all := make([]float64, len(runs))
	for i, r := range runs {
		all[i] = figure(r)
	}
	slices.Sort(all)
	if n := len(all); n%2 == 0 {
		return (all[n/2-1] + all[n/2]) / 2
	}
	return all[len(all)/2]
}
