package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/sim-im/sim/gate/client"
	"golang.org/x/sync/errgroup"
)

// What the pairs of a mixed load do, by turns. One member of each pair only
// writes, so that its partner's share is written while that one is away.
const (
	rolesSteady  = iota // both write; one also reads history, and devices of the other come and go
	rolesLeaving        // one leaves and comes back with its state, again and again
	rolesCut            // one loses its connection with messages under way
	rolesSilent         // nobody writes
	roles               // how many there are
)

// Rhythm of a mixed load.
const (
	period  = time.Second            // between two acts of a pair
	absence = 300 * time.Millisecond // of one that leaves, and stay of a device that comes
)

func checkMixed(p Plan, l *mistakes) {
	l.size(p)
	l.unless(p.Rate > 0, "rate is %g; mixed needs messages per second", p.Rate)
}

// mixed is the load of the mode.
type mixed struct {
	*pairs
	talkers []*member

	// The meters of members that leave or are cut; those of pairs are of the
	// steady ones.
	movingAcks, movingDeliveries *meter

	returns, reconnects, newcomers, pages *meter

	mu     sync.Mutex
	broken Integrity // promises that no tally of a member sees
}

// beginMixed logs in everybody who is there from the start.
func beginMixed(ctx context.Context, p Plan, progress io.Writer) (load, error) {
	f, err := newPairs(p)
	if err != nil {
		return nil, err
	}
	f.acks.name, f.deliveries.name = "acknowledged, steady", "delivered, steady"
	m := &mixed{
		pairs: f, movingAcks: newMeter("acknowledged, moving"), movingDeliveries: newMeter("delivered, moving"),
		returns: newMeter("returns"), reconnects: newMeter("reconnects"), newcomers: newMeter("newcomers"), pages: newMeter("history pages"),
	}
	for i := range f.members {
		m.cast(i)
	}
	return m, f.assemble(ctx, progress)
}

// role returns what the pair of member i does.
func role(i int) int { return i / 2 % roles }

// cast prepares member i for what its pair does.
func (f *mixed) cast(i int) {
	m := f.members[i]
	m.acks, m.deliveries = f.acks.shard(i), f.deliveries.shard(i)
	if role(i) != rolesSilent {
		f.talkers = append(f.talkers, m)
	}
	if i%2 == 0 {
		return
	}
	switch role(i) {
	case rolesSteady:
		m.options.State = new(client.MemoryState)
	case rolesLeaving:
		m.options.State = new(client.MemoryState)
		m.acks, m.deliveries = f.movingAcks.shard(i), f.movingDeliveries.shard(i)
	case rolesCut:
		f.fray(m, f.reconnects.shard(i))
		m.acks, m.deliveries = f.movingAcks.shard(i), f.movingDeliveries.shard(i)
	case rolesSilent:
		m.options.OnState = f.stays
	}
}

func (f *mixed) meters() []*meter {
	return []*meter{
		f.acks, f.deliveries, f.movingAcks, f.movingDeliveries,
		f.returns, f.reconnects, f.newcomers, f.pages, f.lateness,
	}
}

// run implements load.
func (f *mixed) run(ctx context.Context, s span) error {
	for _, m := range f.meters() {
		m.begin(s)
	}
	g, within := errgroup.WithContext(ctx)
	g.Go(func() error { return f.talk(within, s) })
	for i := 1; i < len(f.members); i += 2 {
		if act := f.act(i); act != nil {
			g.Go(func() error { return f.repeat(within, s, i, act) })
		}
	}
	if err := g.Wait(); err != nil {
		return err
	}
	if err := sleepUntil(ctx, s.To); err != nil {
		return err
	}
	return errors.Join(f.settle(ctx), f.audit(ctx))
}

// talk has those who are there write on a timetable.
func (f *mixed) talk(ctx context.Context, s span) error {
	lateness := f.lateness.shard(0)
	return timetable{s, f.plan.Rate}.each(ctx, func(k int, due time.Time) {
		now := time.Now()
		i := k % len(f.talkers)
		if !f.talkers[i].send(due) {
			f.talkers[i^1].send(due) // its partner stays
		}
		lateness.record(now, now.Sub(due))
	})
}

// act returns what the pair of member i, the second of it, does over and over;
// nil is nothing.
func (f *mixed) act(i int) func(context.Context) error {
	a, b := f.members[i-1], f.members[i]
	switch role(i) {
	case rolesSteady:
		return func(ctx context.Context) error {
			return errors.Join(f.readBack(ctx, a, f.pages.shard(i)), f.visit(ctx, b, f.newcomers.shard(i)))
		}
	case rolesLeaving:
		return func(ctx context.Context) error { return f.travel(ctx, b, f.returns.shard(i)) }
	case rolesCut:
		return func(context.Context) error { b.cut(); return nil }
	}
	return nil
}

// repeat acts in every period; the pairs do not act together.
func (f *mixed) repeat(ctx context.Context, s span, i int, act func(context.Context) error) error {
	at := s.Start.Add(period * time.Duration(i) / time.Duration(len(f.members)))
	for ; at.Before(s.To); at = at.Add(period) {
		if err := sleepUntil(ctx, at); err != nil {
			return err
		}
		if err := act(ctx); err != nil {
			return fmt.Errorf("bench: client %d: %w", f.plan.First+i, err)
		}
	}
	return nil
}

// broke counts promises that were broken.
func (f *mixed) broke(i Integrity) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.broken.add(i)
}

// totals implements load. The first two measures are of all messages.
func (f *mixed) totals() Totals {
	t := Totals{Clients: len(f.members)}
	acks, deliveries := Counted{Name: "acknowledged"}, Counted{Name: "delivered"}
	for _, m := range []*meter{f.acks, f.movingAcks} {
		acks.merge(m.counted())
	}
	for _, m := range []*meter{f.deliveries, f.movingDeliveries} {
		deliveries.merge(m.counted())
	}
	t.Measures = append(t.Measures, acks, deliveries)
	for _, m := range f.meters() {
		t.Measures = append(t.Measures, m.counted())
	}
	t.Integrity = f.integrity()
	f.mu.Lock()
	defer f.mu.Unlock()
	t.Integrity.add(f.broken)
	return t
}
