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

func checkPairs(p Plan, l *mistakes) {
	l.inFlight(p)
	l.size(p)
}

// pairs is the load of the mode.
type pairs struct {
	plan    Plan
	roots   *secure.Roots
	members []*member // 2i and 2i+1 are a pair

	acks, deliveries, lateness *meter
}

// loginsAtOnce bounds logins under way: each costs the server a password hash.
const loginsAtOnce = 16

// password of the accounts that a run makes for itself.
const password = "bench"

// beginPairs logs all clients in.
func beginPairs(ctx context.Context, p Plan, progress io.Writer) (load, error) {
	f, err := newPairs(p)
	if err != nil {
		return nil, err
	}
	for i, m := range f.members {
		m.acks, m.deliveries = f.acks.shard(i), f.deliveries.shard(i)
	}
	return f, f.assemble(ctx, progress)
}

// newPairs makes the members, not yet connected.
func newPairs(p Plan) (*pairs, error) {
	roots, err := readRoots(p.Target.Roots)
	if err != nil {
		return nil, err
	}
	f := &pairs{
		plan: p, roots: roots, members: make([]*member, p.Clients),
		acks: newMeter("acknowledged"), deliveries: newMeter("delivered"), lateness: newMeter("generator lateness"),
	}
	for i := range f.members {
		m := &member{size: p.Size, tally: newTally()}
		m.options = client.Options{
			Addresses: p.Target.Servers,
			Dialer:    p.Target.dialer(roots),
			Roots:     roots,
			Account:   p.account(p.First + i),
			Password:  password,
			OnMessage: m.received,
			Backoff:   client.Backoff{Max: settleWithin / 4}, // the default may wait longer than settle does
		}
		f.members[i] = m
	}
	return f, nil
}

// assemble logs all members in. After an error none is left.
func (f *pairs) assemble(ctx context.Context, progress io.Writer) error {
	g, within := errgroup.WithContext(ctx)
	g.SetLimit(loginsAtOnce)
	for _, m := range f.members {
		g.Go(func() error { return m.enter(within) })
	}
	if err := g.Wait(); err != nil {
		return errors.Join(err, f.close())
	}
	for i := 0; i < len(f.members); i += 2 {
		a, b := f.members[i], f.members[i+1]
		a.conv = msgdef.Pair(a.client.UID(), b.client.UID())
		b.conv = a.conv
	}
	fmt.Fprintf(progress, "%d clients logged in\n", f.plan.Clients)
	return nil
}

// run sends until the measured time is over, then waits until everything
// acknowledged has arrived or the wait is over.
func (f *pairs) run(ctx context.Context, s span) error {
	for _, m := range []*meter{f.acks, f.deliveries, f.lateness} {
		m.begin(s)
	}
	if err := sleepUntil(ctx, s.Start); err != nil {
		return err
	}
	if f.plan.Rate > 0 {
		if err := f.offer(ctx, s); err != nil {
			return err
		}
	} else {
		f.prime(s)
	}
	if err := sleepUntil(ctx, s.To); err != nil {
		return err
	}
	return f.settle(ctx)
}

// prime starts a closed loop: what follows is sent by the answers.
func (f *pairs) prime(s span) {
	for _, m := range f.members {
		m.until = s.To
	}
	for range f.plan.InFlight {
		for _, m := range f.members {
			m.send(time.Now())
		}
	}
}

// offer sends on a timetable that does not care how the server keeps up.
func (f *pairs) offer(ctx context.Context, s span) error {
	lateness := f.lateness.shard(0)
	return timetable{s, f.plan.Rate}.each(ctx, func(k int, due time.Time) {
		now := time.Now()
		f.members[k%len(f.members)].send(due)
		lateness.record(now, now.Sub(due))
	})
}

// settle waits until every message was answered and every acknowledged one
// has arrived. Running out of time is no error: the counts show it.
func (f *pairs) settle(ctx context.Context) error {
	deadline := time.Now().Add(f.plan.patience())
	for !f.settled() && time.Now().Before(deadline) {
		if err := sleepUntil(ctx, time.Now().Add(10*time.Millisecond)); err != nil {
			return err
		}
	}
	return nil
}

func (f *pairs) settled() bool {
	for i := 0; i < len(f.members); i += 2 {
		doneA, ackedA, arrivedFromB := f.members[i].settled()
		doneB, ackedB, arrivedFromA := f.members[i+1].settled()
		if !doneA || !doneB || arrivedFromA < ackedA || arrivedFromB < ackedB {
			return false
		}
	}
	return true
}

// totals implements load.
func (f *pairs) totals() Totals {
	t := Totals{Clients: len(f.members), Measures: []Counted{f.acks.counted(), f.deliveries.counted()}}
	if f.plan.Rate > 0 {
		t.Measures = append(t.Measures, f.lateness.counted())
	}
	t.Integrity = f.integrity()
	return t
}

// integrity compares every member with its partner. Messages may still come
// when the wait for them was in vain.
func (f *pairs) integrity() (sum Integrity) {
	for i := 0; i < len(f.members); i += 2 {
		a, b := f.members[i], f.members[i+1]
		a.mu.Lock()
		b.mu.Lock()
		sum.add(compare(a.tally, b.tally))
		b.mu.Unlock()
		a.mu.Unlock()
	}
	return sum
}

func (f *pairs) close() error {
	var g errgroup.Group
	g.SetLimit(loginsAtOnce)
	for _, m := range f.members {
		if m.client != nil {
			g.Go(m.client.Close)
		}
	}
	return g.Wait()
}
