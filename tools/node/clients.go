package node

import (
	"context"
	"errors"
	"fmt"
	"net/netip"

	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/gate/transport/quic"
	"github.com/sim-im/sim/gate/transport/tcp"
	"github.com/sim-im/sim/msgdef/secure"
	"github.com/sim-im/sim/tools/ops"
)

// openClients takes the address for clients: one port number over TCP and, for
// QUIC, over UDP.
func (g *Gate) openClients() error {
	if g.options.NoQUIC {
		l, err := g.listenTCP(g.options.Listen)
		if err != nil {
			return fmt.Errorf("--listen: %w", err)
		}
		g.add(l)
		return nil
	}
	first, second, err := transport.ListenPair(g.options.Listen, g.listenTCP, g.listenQUIC)
	if err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	g.add(first)
	g.add(second)
	return nil
}

func (g *Gate) listenTCP(addr string) (transport.Listener, error) {
	if g.options.NoLoop {
		return tcp.Listen(addr)
	}
	return tcp.ListenEvents(addr)
}

// listenQUIC refuses handshakes until the gate has its key.
func (g *Gate) listenQUIC(addr string) (transport.Listener, error) {
	l, err := quic.Listen(addr, secure.ServerTLS(g.key.Load), quic.Options{Admits: g.admits, Wasted: g.wasted, Rate: g.rate})
	if err != nil {
		return nil, err
	}
	g.metrics = append(g.metrics, ops.QUICMetrics(func() (int, uint64, uint64, map[quic.Reason]uint64, map[quic.Drop]uint64) {
		s := l.Stats()
		return s.Pending, s.Accepted, s.Retried, s.Failed, s.Dropped
	}))
	return l, nil
}

// admits asks the gate for transports that have work before it accepts. Without a
// key there is no gate yet, and no handshake either.
func (g *Gate) admits(addr netip.Addr) bool { return g.key.Load() == nil || g.gate.Admits(addr) }

// wasted tells the gate of those that came to nothing.
func (g *Gate) wasted(addr netip.Addr) {
	if g.key.Load() != nil {
		g.gate.Wasted(addr)
	}
}

// rate is what the gate takes of an address; without a key there is no bound yet.
func (g *Gate) rate() (perSecond float64, burst int) {
	if g.key.Load() == nil {
		return -1, 0
	}
	return g.gate.AddressRate()
}

// add has a listener closed if the gate never serves it.
func (g *Gate) add(l transport.Listener) {
	g.listeners = append(g.listeners, l)
	g.onClose(func(context.Context) error {
		if err := l.Close(); !errors.Is(err, transport.ErrClosed) {
			return err
		}
		return nil
	})
}

// Addr returns the address that clients dial.
func (g *Gate) Addr() string { return g.listeners[0].Addr() }
