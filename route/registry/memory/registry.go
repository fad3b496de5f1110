package memory

import (
	"sync"
	"time"

	"github.com/sim-im/sim/route/registry"
)

// Registry implements registry.Registry. Registries that come from one another
// by Join share what is in them.
type Registry struct {
	state    *state
	refusals registry.Refusals

	mu     sync.Mutex // taken before the state's
	own    []*announcement
	closed bool
}

var _ registry.Registry = (*Registry)(nil)

// New returns an empty registry with leases of 6 s.
func New() *Registry { return NewTTL(6 * time.Second) }

// NewTTL returns an empty registry with leases of another length. They end by
// the process's monotonic clock.
func NewTTL(ttl time.Duration) *Registry { return &Registry{state: newState(ttl)} }

// Join returns what another process would see: a registry of its own with the
// same content.
func (r *Registry) Join() *Registry { return &Registry{state: r.state} }

// View implements registry.Registry.
func (r *Registry) View(role registry.Role) registry.View { return r.state.view(role) }

// Health implements registry.Registry. It returns what Fail was given.
func (r *Registry) Health() error {
	r.state.mu.Lock()
	defer r.state.mu.Unlock()
	return r.state.away
}

// Stats returns what this registry refused.
func (r *Registry) Stats() registry.Stats { return r.refusals.Stats() }

// Close implements registry.Registry. Its error is always nil.
func (r *Registry) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	for _, a := range r.own {
		r.state.abandon(a)
	}
	r.own = nil
	return nil
}

// Fail makes this registry and all that share its content answer with an error
// instead, while views stay as they are; nil ends that. It is for tests of what
// needs a registry.
func (r *Registry) Fail(err error) { r.state.fail(err) }

// Lose forgets everything, as a server does that comes back without what it had
// in memory. What lives is listed anew.
func (r *Registry) Lose() { r.state.lose() }
