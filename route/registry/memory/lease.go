package memory

import (
	"slices"
	"sync"
	"time"

	"github.com/sim-im/sim/route/registry"
)

// announcement is what one call of Announce asked for.
type announcement struct {
	instance registry.Instance
	dead     bool // its registry was closed: the lease it may hold is the last one
}

// lease is what lists an instance.
type lease struct {
	owner   *announcement
	current uint64 // incarnation whose sessions count; 0 is none
	next    uint64 // incarnation of a snapshot that is not complete; 0 is none
}

// Announce implements registry.Registry.
func (r *Registry) Announce(i registry.Instance) (withdraw func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || i.Validate() != nil {
		return func() {}
	}
	a := &announcement{instance: i}
	r.own = append(r.own, a)
	r.state.announce(a)
	return sync.OnceFunc(func() { r.withdraw(a) })
}

func (r *Registry) withdraw(a *announcement) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	r.own = slices.DeleteFunc(r.own, func(other *announcement) bool { return other == a })
	r.state.end(a)
}

// held returns the announcement of a gate's process, or nil.
func (r *Registry) held(gate registry.Instance) *announcement {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, a := range r.own {
		if a.instance.Role == gate.Role && a.instance.ID == gate.ID && a.instance.Epoch == gate.Epoch {
			return a
		}
	}
	return nil
}

func (a *announcement) name() name { return name{a.instance.Role, a.instance.ID} }

func (s *state) announce(a *announcement) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.announced[a.name()] = append(s.announced[a.name()], a)
	s.settle(a.name())
	s.publish()
}

// end takes an announcement away, and the lease it holds.
func (s *state) end(a *announcement) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := a.name()
	s.announced[n] = slices.DeleteFunc(s.announced[n], func(other *announcement) bool { return other == a })
	if len(s.announced[n]) == 0 {
		delete(s.announced, n)
	}
	if l := s.leases[n]; l != nil && l.owner == a {
		delete(s.leases, n)
	}
	s.settle(n)
	s.publish()
}

// abandon leaves an announcement to itself, as the death of its process does.
func (s *state) abandon(a *announcement) {
	s.mu.Lock()
	a.dead = true
	s.mu.Unlock()
	time.AfterFunc(s.ttl, func() { s.end(a) })
}

// settle gives the lease of a name to who it belongs to. It is called with mu
// held.
func (s *state) settle(n name) {
	for _, a := range s.announced[n] {
		if l := s.leases[n]; !a.dead && (l == nil || l.owner.instance.Epoch < a.instance.Epoch) {
			s.leases[n] = &lease{owner: a}
		}
	}
}
