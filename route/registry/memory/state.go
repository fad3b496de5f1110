package memory

import (
	"fmt"
	"sync"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/route/registry"
)

// name is what only one instance is listed under.
type name struct {
	role registry.Role
	id   string
}

// session is the row of one session.
type session struct {
	device uint64
	since  int64
}

// ref names a row of a user. Connections are unique in an incarnation.
type ref struct {
	incarnation, conn uint64
}

// state is what registries share.
type state struct {
	ttl time.Duration

	mu        sync.Mutex
	away      error // nil: can be reached
	views     map[registry.Role]*registry.Listing
	announced map[name][]*announcement // in the order of their calls
	leases    map[name]*lease

	drawn        uint64                     // incarnations
	incarnations map[uint64]*incarnation    // with rows, or being written
	users        map[uint64]map[ref]session // by id
	terms        map[string]uint64          // highest by region
	tickets      map[string]*generations    // by region
}

// incarnation is where the rows of an image are.
type incarnation struct {
	gate   registry.Instance
	number uint64
	users  map[uint64]uint64 // by connection
}

func newState(ttl time.Duration) *state {
	s := &state{
		ttl:       ttl,
		views:     make(map[registry.Role]*registry.Listing),
		announced: make(map[name][]*announcement),
	}
	s.clear()
	return s
}

// clear empties what a server would have in memory.
func (s *state) clear() {
	s.leases = make(map[name]*lease)
	s.incarnations = make(map[uint64]*incarnation)
	s.users = make(map[uint64]map[ref]session)
	s.terms = make(map[string]uint64)
	s.tickets = make(map[string]*generations)
}

func (s *state) lose() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clear()
	for n := range s.announced {
		s.settle(n)
	}
	s.publish()
}

func (s *state) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.away = err
	s.publish()
}

// reachable returns an error of the contract while the registry is away.
func (s *state) reachable() error {
	if s.away == nil {
		return nil
	}
	return rpc.Errorf(msgdef.CodeUnavailable, "%v", fmt.Errorf("registry: %w", s.away))
}

func (s *state) view(role registry.Role) *registry.Listing {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.views[role] == nil {
		s.views[role] = new(registry.Listing)
		s.publish()
	}
	return s.views[role]
}

// publish sets the views to what is leased. It is called with mu held.
func (s *state) publish() {
	if s.away != nil {
		return
	}
	for role, view := range s.views {
		var instances []registry.Instance
		for n, l := range s.leases {
			if n.role == role {
				instances = append(instances, l.owner.instance)
			}
		}
		view.Set(instances)
	}
}
