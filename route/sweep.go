package route

import (
	"context"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// Bounds of what a master takes out of the registry: sessions in one step, and
// steps in one round, so that a gate with a million sessions does not keep the
// registry busy.
const (
	sweepStep  = 500
	sweepSteps = 20
)

// sweeps takes what dead gates have left out of the registry, as long as this
// route is master.
func (s *Server) sweeps(ctx context.Context) {
	if s.options.Registry == nil {
		return
	}
	ticker := time.NewTicker(s.options.Rounds)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			s.sweep(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// sweep is one round. A registry that does not answer is asked again with the
// next one.
func (s *Server) sweep(ctx context.Context) {
	for range sweepSteps {
		term, master := s.Master()
		if !master {
			return
		}
		call, cancel := context.WithTimeout(ctx, s.options.StepDown)
		removed, more, err := s.options.Registry.Sweep(call, s.options.Region, term, sweepStep)
		cancel()
		s.counts.swept.Add(uint64(removed))
		switch {
		case rpc.CodeOf(err) == msgdef.CodeForbidden:
			s.deposed(term, err)
			return
		case err != nil:
			s.options.Logger.Debug("registry not swept", "error", err)
			return
		case !more:
			return
		}
	}
}
