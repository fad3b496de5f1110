package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/msgdef/secure"
	"golang.org/x/sync/errgroup"
)

// leastMembers is how many make a group with its founder and a sender one that is
// told by watching.
const leastMembers = 200

func checkGroup(p Plan, l *mistakes) {
	if p.Rate == 0 {
		l.inFlight(p)
	}
	l.size(p)
	l.unless(p.Clients >= leastMembers, "%s is %d; want %d or more: a smaller group is told by inboxes, as pairs are", p.membersFlag(), p.Clients, leastMembers)
	l.unless(p.Senders >= 1 && p.Senders <= mostSenders, "senders is %d; want 1 to %d", p.Senders, mostSenders)
	l.unless(!p.Target.QUIC, "quic and %s exclude each other: members are without the SDK, and over TCP", p.Mode)
}

// membersFlag names the number of those who receive.
func (p Plan) membersFlag() string {
	if p.Mode == Fanout {
		return "conns"
	}
	return "members"
}

// mostSenders bounds those who write to a group.
const mostSenders = 64

// group is the load of the mode: members who watch one big group, and senders, who
// are members besides and do not watch. Members are connections without the SDK;
// the sequence of the group tells each of them that nothing is missing:
//
//	sender ──Send──▶ server ──NotifyConv──▶ member   pushed, in the order of cseq
//	       ◀─SendAck─       ──ConvHead────▶ member ──GetConv──▶ … caught up
//
// When the time is over each sender writes that it has ended, behind everything
// else, and a member is done when it has read that of all.
type group struct {
	plan     Plan
	roots    *secure.Roots
	buffers  transport.Pool
	watchers []*watcher
	senders  []*sender
	waves    *waves // of broadcasts; nil in other modes

	acks, pushed, pulled, lateness *meter

	poller  *poller // of watchers
	readers sync.WaitGroup
	ended   atomic.Int64 // watchers that have read everything
	closing atomic.Bool
}

// beginGroup has all members online and watching.
func beginGroup(ctx context.Context, p Plan, progress io.Writer) (load, error) {
	roots, err := readRoots(p.Target.Roots)
	if err != nil {
		return nil, err
	}
	f := &group{
		plan: p, roots: roots, watchers: make([]*watcher, p.Clients), senders: make([]*sender, p.Senders),
		acks: newMeter("acknowledged"), pushed: newMeter("delivered"), pulled: newMeter("caught up"), lateness: newMeter("generator lateness"),
	}
	if p.Mode == Fanout {
		f.waves = newWaves()
	}
	if err := f.gather(ctx); err != nil {
		return nil, errors.Join(err, f.close())
	}
	fmt.Fprintf(progress, "%d members watch the group\n", p.Clients)
	return f, nil
}

// gather logs everybody in, makes them members, and has them watch.
func (f *group) gather(ctx context.Context) (err error) {
	g, within := errgroup.WithContext(ctx)
	g.SetLimit(loginsAtOnce)
	for i := range f.watchers {
		w := &watcher{group: f, deliveries: f.pushed.shard(i), pulls: f.pulled.shard(i)}
		f.watchers[i] = w
		g.Go(func() (err error) {
			w.link, err = enterLean(within, &f.plan.Target, f.roots, f.plan.account(f.plan.First+i))
			return err
		})
	}
	for i := range f.senders {
		s := &sender{group: f, acks: f.acks.shard(i)}
		f.senders[i] = s
		g.Go(func() (err error) {
			s.link, err = enterLean(within, &f.plan.Target, f.roots, f.plan.senderAccount(i))
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	if err := f.recruit(ctx); err != nil {
		return err
	}
	if f.poller, err = newPoller(f.closing.Load); err != nil {
		return err
	}
	g, within = errgroup.WithContext(ctx)
	g.SetLimit(loginsAtOnce)
	for _, w := range f.watchers {
		g.Go(func() error { return w.watch(within) })
	}
	err = g.Wait()
	f.readers.Go(f.poller.run) // also ends those that are there already
	if err != nil {
		return err
	}
	for _, s := range f.senders {
		f.serve(s.link, s)
	}
	return nil
}

// serve reads a connection in the background. One that ends before it should is a
// broken promise.
func (f *group) serve(l *lean, r endingReader) {
	f.readers.Go(func() {
		if err := l.serve(&f.buffers, r); !f.closing.Load() {
			r.broke(err)
		}
	})
}

// run implements load.
func (f *group) run(ctx context.Context, s span) error {
	for _, m := range []*meter{f.acks, f.pushed, f.pulled, f.lateness} {
		m.begin(s)
	}
	f.waves.begin(s)
	if err := sleepUntil(ctx, s.Start); err != nil {
		return err
	}
	if f.plan.Rate > 0 && len(f.senders) > 0 {
		if err := f.offer(ctx, s); err != nil {
			return err
		}
	} else {
		for _, one := range f.senders {
			one.prime(f.plan.InFlight, s.To)
		}
	}
	if err := sleepUntil(ctx, s.To); err != nil {
		return err
	}
	return f.settle(ctx)
}

// offer sends on a timetable.
func (f *group) offer(ctx context.Context, s span) error {
	lateness := f.lateness.shard(0)
	return timetable{s, f.plan.Rate}.each(ctx, func(k int, due time.Time) {
		now := time.Now()
		f.senders[k%len(f.senders)].sendAt(due)
		lateness.record(now, now.Sub(due))
	})
}

// settle has the senders end, and waits until all members have read that. Running
// out of time is no error: the counts show it.
func (f *group) settle(ctx context.Context) error {
	deadline := time.Now().Add(f.plan.patience())
	for !f.settled() && time.Now().Before(deadline) {
		if err := sleepUntil(ctx, time.Now().Add(5*time.Millisecond)); err != nil {
			return err
		}
	}
	return nil
}

func (f *group) settled() bool {
	quiet := true
	for _, s := range f.senders {
		quiet = s.finish() && quiet
	}
	return quiet && f.ended.Load() == int64(len(f.watchers))
}

// totals implements load.
func (f *group) totals() Totals {
	t := Totals{Clients: len(f.watchers), Measures: []Counted{f.pushed.counted(), f.pulled.counted(), f.acks.counted()}}
	if f.plan.Rate > 0 {
		t.Measures = append(t.Measures, f.lateness.counted())
	}
	t.Waves = f.waves.list()
	for _, w := range f.watchers {
		t.Integrity.add(w.integrity())
	}
	for _, s := range f.senders {
		t.Integrity.add(s.integrity())
	}
	return t
}

func (f *group) close() error {
	f.closing.Store(true)
	for _, w := range f.watchers {
		if w != nil && w.link != nil {
			w.link.conn.Close()
		}
	}
	for _, s := range f.senders {
		if s != nil && s.link != nil {
			s.link.conn.Close()
		}
	}
	f.readers.Wait()
	return nil
}
