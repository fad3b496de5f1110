package dev

import (
	"context"
	"errors"
	"net"

	"github.com/sim-im/sim/msgdef/rpc/kitex"
)

// openApps lets business services of other processes on this machine claim
// types, and operators govern accounts. Nothing else is offered: gate, route and
// message service are in this process.
func (s *Server) openApps() (err error) {
	if s.rpc == nil {
		return nil
	}
	s.apps, err = kitex.NewServer(kitex.ServerOptions{Listener: s.rpc, Logger: s.logger},
		kitex.OfferRoute(nil, nil, nil, s.route, nil), kitex.OfferModeration(s.service))
	if err != nil {
		return err
	}
	s.loop("business services", s.apps.Serve)
	return nil
}

// closeApps waits for the calls of business services, and calls none any more.
func (s *Server) closeApps(ctx context.Context) (err error) {
	switch {
	case s.apps != nil:
		err = s.apps.Shutdown(ctx)
	case s.rpc != nil:
		err = s.rpc.Close()
	}
	if s.route != nil {
		s.route.Close()
	}
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
