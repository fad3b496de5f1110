package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/msgdef/secure"
	"golang.org/x/sync/errgroup"
)

func checkSync(p Plan, l *mistakes) {
	l.size(p)
	l.unless(p.Messages >= 1 && p.Messages <= maxMissed, "missed is %d; want 1 to %d", p.Messages, maxMissed)
}

// maxMissed bounds what is prepared for a client.
const maxMissed = 1_000_000

// catching is the load of the mode. Before it, every client has left and its
// partner has written; in it, clients come back with the state they left with,
// again and again, each time to everything they missed:
//
//	login ─▶ GetMsg ─▶ page ─▶ GetMsg ─▶ … ─▶ the last message ─▶ close
//	╰────── first ──────╯                                │
//	╰──────────────────── caught up ─────────────────────╯
//
// So the measured time has nothing but catching up in it, however long it is.
type catching struct {
	plan    Plan
	roots   *secure.Roots
	buffers transport.Pool
	away    []*absent

	messages, first, caughtUp *meter

	mu  sync.Mutex
	sum Integrity
}

// beginSync makes clients miss messages.
func beginSync(ctx context.Context, p Plan, progress io.Writer) (load, error) {
	roots, err := readRoots(p.Target.Roots)
	if err != nil {
		return nil, err
	}
	f := &catching{
		plan: p, roots: roots, away: make([]*absent, p.Clients),
		messages: newMeter("messages"), first: newMeter("first message"), caughtUp: newMeter("caught up"),
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(loginsAtOnce)
	for i := range f.away {
		g.Go(func() (err error) {
			f.away[i], err = f.leave(ctx, p.First+i)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	fmt.Fprintf(progress, "%d messages wait for each of %d clients\n", p.Messages, p.Clients)
	return f, nil
}

// options are those of an account of this run.
func (f *catching) options(account string) client.Options {
	return client.Options{
		Addresses: f.plan.Target.Servers,
		Dialer:    f.plan.Target.dialer(f.roots),
		Roots:     f.roots,
		Account:   account,
		Buffers:   &f.buffers,
		Backoff:   client.Backoff{Max: settleWithin / 4},
	}
}

// run implements load.
func (f *catching) run(ctx context.Context, s span) error {
	for _, m := range []*meter{f.messages, f.first, f.caughtUp} {
		m.begin(s)
	}
	return turns{timetable{s, f.plan.Rate}}.run(ctx, len(f.away), f.comeBack)
}

// comeBack is one turn of a client. One that does not get everything in time
// counts what it lost.
func (f *catching) comeBack(ctx context.Context, i int, due time.Time) error {
	v := &visit{
		due: due, last: f.away[i].last, conv: f.away[i].conv, done: make(chan struct{}),
		messages: f.messages.shard(i), first: f.first.shard(i), caughtUp: f.caughtUp.shard(i),
	}
	v.begin(f.away[i].left.Cursor, f.away[i].cseq)
	o := f.options("")
	o.State, o.OnMessage, o.OnState, o.OnResync = f.away[i], v.received, v.changed, v.resynced
	c, err := client.New(o)
	if err != nil {
		return err
	}
	if err = c.Connect(ctx); err == nil {
		err = v.wait(ctx, f.plan.patience())
	} else if ctx.Err() == nil {
		v.seen.Refused++
		err = sleepUntil(ctx, time.Now().Add(connectPause))
	}
	if err := errors.Join(err, c.Close()); err != nil { // Close waits for the callbacks
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sum.add(v.integrity())
	return nil
}

// totals implements load.
func (f *catching) totals() Totals {
	f.mu.Lock()
	defer f.mu.Unlock()
	return Totals{
		Clients: len(f.away), Integrity: f.sum,
		Measures: []Counted{f.messages.counted(), f.first.counted(), f.caughtUp.counted()},
	}
}

// close implements load: no client stays.
func (f *catching) close() error { return nil }
