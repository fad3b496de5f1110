package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/sim-im/sim/msgdef/rpc/kitex"
	"github.com/sim-im/sim/route/registry"
	"github.com/sim-im/sim/tools/ops"
)

// openListeners takes the addresses, before anything else is touched.
func (p *Process) openListeners() (err error) {
	if p.peers, err = p.common.TLS.load(); err != nil {
		return &OptionsError{err}
	}
	if p.common.HTTP != "" {
		if p.http, err = net.Listen("tcp", p.common.HTTP); err != nil {
			return fmt.Errorf("--http: %w", err)
		}
		p.onClose(p.closeAdmin) // the first thing remembered and so the last to go
	}
	if p.role != registry.Push {
		if p.rpc, err = net.Listen("tcp", p.common.RPC); err != nil {
			return fmt.Errorf("--rpc: %w", err)
		}
		p.onClose(closing(p.rpc))
	}
	return nil
}

// closing closes a listener that its server may have closed already.
func closing(l net.Listener) func(context.Context) error {
	return func(context.Context) error {
		if err := l.Close(); !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	}
}

// openRegistry begins to see who else is there.
func (p *Process) openRegistry() (err error) {
	if p.registry = p.common.Registry; p.registry == nil {
		if p.registry, err = p.common.Redis.open(p.logger, p.common.Now); err != nil {
			return &OptionsError{err}
		}
		p.onClose(func(context.Context) error { return p.registry.Close() })
	}
	p.needs("registry", p.registry.Health)
	p.metrics = append(p.metrics, registryMetrics(string(p.role), p.registry))
	return nil
}

// needs adds a part that /readyz asks for. What it says does not repeat the name.
func (p *Process) needs(name string, health func() error) {
	p.parts = append(p.parts, ops.Part{Name: name, Ready: func() error {
		err := health()
		if err == nil {
			return nil
		}
		return errors.New(strings.TrimPrefix(err.Error(), name+": "))
	}})
}

// serve offers services to other processes. At Close it waits for their calls.
func (p *Process) serve(offers ...kitex.Offer) error {
	server, err := kitex.NewServer(kitex.ServerOptions{Listener: p.rpc, TLS: p.peers.server, Logger: p.logger}, offers...)
	if err != nil {
		return err
	}
	p.onClose(server.Shutdown)
	p.metrics = append(p.metrics, serverMetrics(string(p.role), server))
	p.loop("rpc", server.Serve)
	return nil
}

// announce lists the process in the registry. At Close it leaves, and others
// get a while to see that.
func (p *Process) announce(settle time.Duration) {
	withdraw := p.registry.Announce(p.instance())
	p.onClose(func(ctx context.Context) error {
		withdraw()
		if settle > 0 {
			pause := time.NewTimer(settle)
			defer pause.Stop()
			select {
			case <-pause.C:
			case <-ctx.Done():
			}
		}
		return nil
	})
}

// openAdmin answers operators, who also see how the process stops.
func (p *Process) openAdmin() error {
	if p.http == nil {
		return nil
	}
	p.admin = ops.NewAdmin(ops.AdminOptions{Logger: p.logger, Metrics: ops.NewMetrics(p.metrics...), Parts: p.parts})
	p.loop("admin", func() error { return p.admin.Serve(p.http) })
	return nil
}

func (p *Process) closeAdmin(ctx context.Context) error {
	if p.admin == nil {
		return p.http.Close()
	}
	return p.admin.Shutdown(ctx)
}

// calls are the options of a client of other processes.
func (p *Process) calls(endpoints kitex.Endpoints) kitex.ClientOptions {
	return kitex.ClientOptions{
		Self: string(p.role) + "/" + p.common.ID, Endpoints: endpoints,
		TLS: p.peers.client, Logger: p.logger,
	}
}
