package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/msgdef/secure"
	"golang.org/x/sync/errgroup"
)

// checkLogin has to say what does not go together. Clients are the logins under
// way at once.
func checkLogin(p Plan, l *mistakes) {
	if !p.Resume {
		return
	}
	l.unless(!p.Passwords, "passwords and resume exclude each other: a ticket takes turns with a token")
	l.unless(!p.Target.QUIC, "quic and resume exclude each other: inside QUIC a login with a proof is one round trip too")
	l.unless(p.Duration >= 3*time.Second, "duration is %v; tickets, tokens and connections take turns of a second, so want 3s or more", p.Duration)
}

// logins is the load of the mode. Each client has an account, and logs in and
// out with one device of it:
//
//	dial ─▶ handshake ─▶ Login with the token of the login before ─▶ LoginOK ─▶ close
//	╰────────────────────────── what is measured ─────────────────────────╯
//
// With tickets there are two kinds, which take turns: see resume.go.
type logins struct {
	plan     Plan
	roots    *secure.Roots
	buffers  transport.Pool // shared: a client that only logs in needs few
	accounts []*returner
	times    *meter
	kinds    [kinds]*meter // with tickets
	span     span

	refused, wrong, broken atomic.Uint64
}

// returner is an account whose device comes again and again.
type returner struct {
	name   string
	uid    uint64
	device uint64
	state  pocket // has the newest token
}

// beginLogin proves every account by its password once.
func beginLogin(ctx context.Context, p Plan, progress io.Writer) (load, error) {
	roots, err := readRoots(p.Target.Roots)
	if err != nil {
		return nil, err
	}
	f := &logins{plan: p, roots: roots, accounts: make([]*returner, p.Clients), times: newMeter("logins")}
	for k := range f.kinds {
		f.kinds[k] = newMeter(kind(k).String())
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(loginsAtOnce)
	for i := range f.accounts {
		f.accounts[i] = &returner{name: p.account(p.First + i), state: pocket{filled: make(chan struct{}, 1)}}
		g.Go(func() error { return f.register(ctx, f.accounts[i]) })
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	fmt.Fprintf(progress, "%d accounts are known\n", p.Clients)
	return f, nil
}

// register logs an account in for the first time, and out.
func (f *logins) register(ctx context.Context, a *returner) error {
	o := f.options(a)
	o.Password = password
	c, err := client.New(o)
	if err != nil {
		return err
	}
	err = connect(ctx, c)
	a.uid, a.device = c.UID(), c.Device()
	if err == nil && f.plan.Resume {
		err = a.state.await(ctx)
	}
	return errors.Join(err, c.Close())
}

// options are those of a's device. Without the password a token that the server
// does not take is a failure, and not a slow success.
func (f *logins) options(a *returner) client.Options {
	return client.Options{
		Addresses: f.plan.Target.Servers,
		Dialer:    f.plan.Target.dialer(f.roots),
		Roots:     f.roots,
		Account:   a.name,
		State:     &a.state,
		NoResume:  !f.plan.Resume,
		Timeouts:  client.Timeouts{Save: time.Millisecond}, // a pocket waits for it
		Buffers:   &f.buffers,
		OnState: func(s client.Status) {
			if s.Phase == client.Waiting {
				f.broken.Add(1)
			}
		},
	}
}

// run implements load.
func (f *logins) run(ctx context.Context, s span) error {
	f.span = s
	f.times.begin(s)
	for _, m := range f.kinds {
		m.begin(s)
	}
	return turns{timetable{s, f.plan.Rate}}.run(ctx, len(f.accounts), f.login)
}

// login is one turn of a client.
func (f *logins) login(ctx context.Context, i int, due time.Time) error {
	a := f.accounts[i]
	o := f.options(a)
	if f.plan.Passwords {
		o.State, o.Device, o.Password = nil, a.device, password
	}
	k := kindAt(f.span, due)
	switch {
	case f.plan.Resume && k == bare:
		return f.bare(ctx, i, due)
	case f.plan.Resume:
		a.state.prepare(k)
	}
	c, err := client.New(o)
	if err != nil {
		return err
	}
	err = c.Connect(ctx)
	now := time.Now()
	switch {
	case err == nil && (c.UID() != a.uid || c.Status().Resumed != (f.plan.Resume && k == byTicket)):
		f.wrong.Add(1)
	case err == nil:
		f.times.shard(i).record(now, now.Sub(due))
		f.kinds[k].shard(i).record(now, now.Sub(due))
	case ctx.Err() != nil:
		return errors.Join(ctx.Err(), c.Close())
	default:
		f.refused.Add(1)
		err = sleepUntil(ctx, now.Add(connectPause)) // a closed loop would ask again at once
		return errors.Join(err, c.Close())
	}
	if f.plan.Resume {
		err = a.state.await(ctx)
	}
	return errors.Join(err, c.Close())
}

// totals implements load.
func (f *logins) totals() Totals {
	t := Totals{
		Clients: len(f.accounts), Measures: []Counted{f.times.counted()},
		Integrity: Integrity{Refused: f.refused.Load(), Malformed: f.wrong.Load(), Broken: f.broken.Load()},
	}
	for _, m := range f.kinds {
		if f.plan.Resume {
			t.Measures = append(t.Measures, m.counted())
		}
	}
	return t
}

// close implements load: no client stays.
func (f *logins) close() error { return nil }
