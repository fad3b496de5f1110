package memory

import (
	"context"
	"strconv"

	"github.com/sim-im/sim/route/registry"
)

// Sweep implements registry.Registry.
func (r *Registry) Sweep(ctx context.Context, region string, term uint64, limit int) (removed int, more bool, err error) {
	if err := live(ctx); err != nil {
		return 0, false, err
	}
	if err := registry.CheckSweep(region, limit); err != nil {
		return 0, false, err
	}
	s := r.state
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.reachable(); err != nil {
		return 0, false, err
	}
	if highest := s.terms[region]; term < highest {
		return 0, false, r.refusals.Term(region, term, strconv.FormatUint(highest, 10))
	}
	s.terms[region] = term
	removed, more = s.sweep(region, limit)
	return removed, more, nil
}

// sweep removes rows of dead incarnations.
func (s *state) sweep(region string, limit int) (removed int, more bool) {
	for number, in := range s.incarnations {
		l := s.leaseOf(number)
		if in.gate.Region != region || l.current == number || l.next == number {
			continue
		}
		for conn := range in.users {
			if removed == limit {
				return removed, true
			}
			s.remove(in, conn)
			removed++
		}
		delete(s.incarnations, number)
	}
	return removed, false
}
