package dev

import (
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
func (s *Server) openClients() (err error) {
	if s.opts.NoQUIC {
		s.listener, err = s.listenTCP(s.opts.Listen)
	} else {
		s.listener, s.udp, err = transport.ListenPair(s.opts.Listen, s.listenTCP, s.listenQUIC)
	}
	if err != nil {
		return fmt.Errorf("clients: %w", err)
	}
	return nil
}

func (s *Server) listenTCP(addr string) (transport.Listener, error) {
	if s.opts.NoLoop {
		return tcp.Listen(addr)
	}
	return tcp.ListenEvents(addr)
}

// listenQUIC refuses handshakes until the gate has its key.
func (s *Server) listenQUIC(addr string) (transport.Listener, error) {
	options := s.opts.QUIC
	options.Admits, options.Wasted, options.Rate = s.admits, s.wasted, s.rate
	l, err := quic.Listen(addr, secure.ServerTLS(s.inUse.Load), options)
	if err != nil {
		return nil, err
	}
	s.sources = append(s.sources, ops.QUICMetrics(func() (int, uint64, uint64, map[quic.Reason]uint64, map[quic.Drop]uint64) {
		stats := l.Stats()
		return stats.Pending, stats.Accepted, stats.Retried, stats.Failed, stats.Dropped
	}))
	return l, nil
}

// admits asks the gate for transports that have work before it accepts. Without a
// key there is no gate yet, and no handshake either.
func (s *Server) admits(addr netip.Addr) bool { return s.inUse.Load() == nil || s.gate.Admits(addr) }

// wasted tells the gate of those that came to nothing.
func (s *Server) wasted(addr netip.Addr) {
	if s.inUse.Load() != nil {
		s.gate.Wasted(addr)
	}
}

// rate is what the gate takes of an address; without a key there is no bound yet.
func (s *Server) rate() (perSecond float64, burst int) {
	if s.inUse.Load() == nil {
		return -1, 0
	}
	return s.gate.AddressRate()
}

// serveClients has the gate accept them.
func (s *Server) serveClients() {
	s.loop("gate", func() error { return s.gate.Serve(s.listener) })
	if s.udp != nil {
		s.loop("gate over QUIC", func() error { return s.gate.Serve(s.udp) })
	}
	if s.browsers != nil {
		s.loop("gate over WebSocket", func() error { return s.gate.Serve(s.browsers) })
	}
}

// closeClients closes listeners that no gate has served.
func (s *Server) closeClients() error {
	var errs []error
	for _, l := range []transport.Listener{s.listener, s.udp} {
		if l != nil {
			errs = append(errs, l.Close())
		}
	}
	if s.browsers != nil {
		errs = append(errs, s.browsers.Close())
	}
	return errors.Join(errs...)
}
