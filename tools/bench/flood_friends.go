package bench

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/gate/transport/tcp"
	"github.com/sim-im/sim/msgdef/secure"
)

// victim is the account whose password attackers guess. Honest clients have
// tokens by then.
const victim = "bench-victim"

// friendPause is between two honest logins, of which each comes from another
// address.
const friendPause = 50 * time.Millisecond

// friends are honest clients that log in while a gate is attacked.
type friends struct {
	options client.Options
	state   client.MemoryState
	tried   int
	failed  int
	last    error // why the last one of those failed
	times   latencies
}

// befriend makes the account, by its password.
func befriend(ctx context.Context, target Target) (*friends, error) {
	roots, err := readRoots(target.Roots)
	if err != nil {
		return nil, err
	}
	f := &friends{times: latencies{newHistogram()}}
	f.options = f.of(target, roots)
	o := f.options
	o.Password = password
	c, err := client.New(o)
	if err != nil {
		return nil, err
	}
	return f, errors.Join(connect(ctx, c), c.Close())
}

// of are the options of an honest device.
func (f *friends) of(target Target, roots *secure.Roots) client.Options {
	return client.Options{
		Addresses: target.Servers, Roots: roots, Account: victim, State: &f.state, Dialer: tcp.Dialer{},
	}
}

// comeAndGo logs in and out until within ends.
func (f *friends) comeAndGo(ctx, within context.Context) error {
	for within.Err() == nil {
		o := f.options
		o.Dialer = tcp.Dialer{Local: netip.AddrFrom4([4]byte{127, 0, 1, byte(1 + f.tried%250)})}
		c, err := client.New(o)
		if err != nil {
			return err
		}
		begun := time.Now()
		f.tried++
		if err := c.Connect(ctx); err != nil {
			f.failed++
			f.last = err
		}
		_ = f.times.RecordValue(min(time.Since(begun).Microseconds(), highestLatency)) // within bounds
		if err := c.Close(); err != nil {
			return err
		}
		_ = sleepUntil(within, begun.Add(friendPause)) // its end is the end
	}
	return nil
}

// report is what became of them.
func (f *friends) report() FloodHonest {
	h := FloodHonest{Logins: f.tried - f.failed, Failed: f.failed, P50: f.times.at(50), P99: f.times.at(99)}
	if f.last != nil {
		h.Why = f.last.Error()
	}
	return h
}
