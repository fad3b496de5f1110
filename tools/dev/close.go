package dev

import (
	"context"
	"errors"
)

// Close stops in order: no new clients, what waits is written to those that
// are there, what was taken is committed and acknowledged, the store is closed
// last. When ctx ends first the rest is cut short; what was acknowledged is
// durable either way. Closing again waits and returns the same.
func (s *Server) Close(ctx context.Context) error {
	s.closing.Do(func() { s.closeErr = s.shut(ctx) })
	return s.closeErr
}

func (s *Server) shut(ctx context.Context) error {
	s.announce("stopping")
	close(s.quit)
	var errs []error
	if s.gate != nil {
		errs = append(errs, s.gate.Shutdown(ctx))
		s.route.DetachGate(s.gate.ID(), s.gate.Epoch())
	} else {
		errs = append(errs, s.closeClients())
	}
	errs = append(errs, s.closeApps(ctx), s.push.close(ctx), s.closeMedia(ctx))
	if s.service != nil {
		errs = append(errs, s.service.Close(ctx))
	}
	if s.store != nil {
		errs = append(errs, s.store.Close())
	}
	if s.admin != nil {
		errs = append(errs, s.admin.Shutdown(ctx))
	} else if s.http != nil {
		errs = append(errs, s.http.Close())
	}
	s.loops.Wait()
	return errors.Join(errs...)
}
