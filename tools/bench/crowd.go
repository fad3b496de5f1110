package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/msgdef/secure"
	"golang.org/x/sync/errgroup"
)

// crowd is many silent connections.
type crowd struct {
	plan    Plan
	roots   *secure.Roots
	buffers transport.Pool // shared: a silent client needs none
	beats   *meter         // answered heartbeats
	clients []*client.Client
	gone    atomic.Int64
}

// gather logs conns devices in, devicesPerUser to an account: the first by
// password, the others by its token.
func gather(ctx context.Context, p Plan, progress io.Writer) (*crowd, error) {
	roots, err := readRoots(p.Target.Roots)
	if err != nil {
		return nil, err
	}
	conns := p.Clients
	c := &crowd{plan: p, roots: roots, clients: make([]*client.Client, conns), beats: newMeter("heartbeats")}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(loginsAtOnce)
	for first := 0; first < conns; first += devicesPerUser {
		g.Go(func() error {
			last := min(first+devicesPerUser, conns)
			if err := c.join(ctx, first, last); err != nil {
				return fmt.Errorf("bench: connections %d to %d: %w", first, last, err)
			}
			fmt.Fprintf(progress, "connections %d to %d of %d are up\n", first+1, last, conns)
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

// join logs the devices [first, last) of one account in.
func (c *crowd) join(ctx context.Context, first, last int) error {
	for i := first; i < last; i++ {
		options := client.Options{
			Addresses: c.plan.Target.Servers,
			Dialer:    c.plan.Target.counting(c.roots, c.beats),
			Roots:     c.roots,
			Account:   c.plan.account(c.plan.First + first),
			Password:  password,
			Buffers:   &c.buffers,
			OnState: func(s client.Status) {
				if ended(s) {
					c.gone.Add(1)
				}
			},
		}
		cl, err := client.New(options)
		if err != nil {
			return err
		}
		c.clients[i] = cl
		if err := connect(ctx, cl); err != nil {
			return err
		}
	}
	return nil
}

// lost counts the connections that did not stay.
func (c *crowd) lost() int { return int(c.gone.Load()) }

func (c *crowd) close() error {
	var g errgroup.Group
	g.SetLimit(loginsAtOnce)
	for _, cl := range c.clients {
		if cl != nil {
			g.Go(cl.Close)
		}
	}
	return g.Wait()
}
