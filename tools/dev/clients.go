package dev

import (
	"errors"
	"fmt"

	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/gate/transport/quic"
	"github.com/sim-im/sim/gate/transport/tcp"
	"github.com/sim-im/sim/msgdef/secure"
)

// openClients takes the address for clients: one port number over TCP and, for
// QUIC, over UDP.
func (s *Server) openClients() (err error) {
	if s.opts.NoQUIC {
		s.listener, err = listenTCP(s.opts.Listen)
	} else {
		s.listener, s.udp, err = transport.ListenPair(s.opts.Listen, listenTCP, s.listenQUIC)
	}
	if err != nil {
		return fmt.Errorf("clients: %w", err)
	}
	return nil
}

func listenTCP(addr string) (transport.Listener, error) { return tcp.ListenEvents(addr) }

// listenQUIC refuses handshakes until the gate has its key.
func (s *Server) listenQUIC(addr string) (transport.Listener, error) {
	return quic.Listen(addr, secure.ServerTLS(s.inUse.Load), quic.Options{})
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
