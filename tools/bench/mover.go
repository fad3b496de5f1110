package bench

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/gate/transport"
)

// travel has m leave with nothing under way, stay away for a while, and come
// back with its state. What it takes counts until it has caught up.
func (f *mixed) travel(ctx context.Context, m *member, returns *shard) error {
	m.mu.Lock()
	m.away = true
	m.mu.Unlock()
	err := f.patient(ctx, m.client.Flush) // what is not answered by then is refused by Close
	if err = errors.Join(err, m.client.Close()); err != nil {
		return err
	}
	if err := sleepUntil(ctx, time.Now().Add(absence)); err != nil {
		return err
	}
	began := time.Now()
	if err := m.enter(ctx); err != nil {
		return err
	}
	if err := f.patient(ctx, m.catchUp); err != nil {
		return err
	}
	if now := time.Now(); !m.client.Behind() {
		returns.record(now, now.Sub(began))
	}
	m.mu.Lock()
	m.away = false
	m.mu.Unlock()
	return nil
}

// catchUp waits until m has what the server said there is.
func (m *member) catchUp(ctx context.Context) error {
	for m.client.Behind() {
		if err := sleepUntil(ctx, time.Now().Add(time.Millisecond)); err != nil {
			return err
		}
	}
	return nil
}

// patient calls wait, but not for ever. Running out of patience is no error: the
// counts of messages show what did not come.
func (f *mixed) patient(ctx context.Context, wait func(context.Context) error) error {
	within, cancel := context.WithTimeout(ctx, f.plan.patience())
	defer cancel()
	if err := wait(within); err != nil && within.Err() == nil {
		return err
	}
	return ctx.Err()
}

// visit logs another device of m's account in, which sees each message of the
// account once and in order for as long as it stays.
func (f *mixed) visit(ctx context.Context, m *member, logins *shard) (err error) {
	seen := sequence{}
	began := time.Now()
	c, err := client.New(client.Options{
		Addresses: f.plan.Target.Servers,
		Dialer:    f.plan.Target.dialer(f.roots),
		Roots:     f.roots,
		Account:   m.options.Account,
		Password:  m.options.Password,
		OnMessage: func(msg *client.Message) {
			if seen.next == 0 {
				seen.startAt(msg.USeq)
			}
			seen.add(msg.USeq)
		},
	})
	if err != nil {
		return err
	}
	if err := connect(ctx, c); err != nil {
		return errors.Join(err, c.Close())
	}
	now := time.Now()
	logins.record(now, now.Sub(began))
	err = errors.Join(sleepUntil(ctx, now.Add(absence)), c.Close())
	f.broke(Integrity{Gaps: seen.holes(), Duplicated: seen.duplicated, Disordered: seen.disordered})
	return err
}

// stays counts connections that end by themselves where none should.
func (f *mixed) stays(s client.Status) {
	if ended(s) {
		f.broke(Integrity{Broken: 1})
	}
}

// ended reports whether a client has lost its connection, other than by Close.
func ended(s client.Status) bool {
	return s.Phase == client.Waiting || s.Phase == client.Stopped && !errors.Is(s.Err, client.ErrClosed)
}

// frayed is a dialer whose connections can be cut.
type frayed struct {
	transport.Dialer

	mu     sync.Mutex
	newest transport.Conn
}

// Dial implements transport.Dialer.
func (d *frayed) Dial(ctx context.Context, addr string) (transport.Conn, error) {
	conn, err := d.Dialer.Dial(ctx, addr)
	if err == nil {
		d.mu.Lock()
		d.newest = conn
		d.mu.Unlock()
	}
	return conn, err
}

// fray gives m a connection that can be cut, and times how long it takes to
// have another one.
func (f *mixed) fray(m *member, reconnects *shard) {
	m.options.Dialer = &frayed{Dialer: m.options.Dialer}
	m.options.State = new(client.MemoryState)
	m.options.Backoff = client.Backoff{Min: 20 * time.Millisecond, Max: 200 * time.Millisecond} // or it would be away most of the time
	var lost time.Time
	m.options.OnState = func(s client.Status) {
		now := time.Now()
		switch {
		case s.Phase == client.Waiting && lost.IsZero():
			lost = now
		case s.Phase == client.Online && !lost.IsZero():
			reconnects.record(now, now.Sub(lost))
			lost = time.Time{}
		}
	}
}

// cut ends m's connection under its client, which does not expect it.
func (m *member) cut() {
	d := m.options.Dialer.(*frayed)
	d.mu.Lock()
	defer d.mu.Unlock()
	_ = d.newest.Close() // it may be gone already
}
