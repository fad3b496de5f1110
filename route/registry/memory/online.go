package memory

import (
	"context"
	"slices"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/route/registry"
)

// Online implements registry.Registry.
func (r *Registry) Online(ctx context.Context, uids []uint64) ([]msgdef.Online, error) {
	if err := live(ctx); err != nil {
		return nil, err
	}
	if err := registry.CheckUIDs(uids); err != nil {
		return nil, err
	}
	uids = slices.Clone(uids)
	slices.Sort(uids)
	s := r.state
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.reachable(); err != nil {
		return nil, err
	}
	var online []msgdef.Online
	for _, uid := range slices.Compact(uids) {
		var p registry.Presence
		for at, row := range s.users[uid] {
			if s.counts(at.incarnation) {
				p.Add(row.device, row.since)
			}
		}
		online = p.AppendTo(online, uid)
	}
	return online, nil
}

// leaseOf returns a copy of the lease of an incarnation's gate, or an empty one.
func (s *state) leaseOf(number uint64) lease {
	gate := s.incarnations[number].gate
	if l := s.leases[name{gate.Role, gate.ID}]; l != nil {
		return *l
	}
	return lease{}
}

// counts tells whether the sessions of an incarnation do.
func (s *state) counts(number uint64) bool { return s.leaseOf(number).current == number }
