package redis

import (
	"context"
	"slices"
	"sync"

	goredis "github.com/redis/go-redis/v9"

	"github.com/sim-im/sim/route/registry"
)

// Registry implements registry.Registry.
type Registry struct {
	options  Options
	client   goredis.UniversalClient
	keys     keys
	health   *health
	refusals registry.Refusals

	life    context.Context // ends with Close
	end     context.CancelFunc
	running sync.WaitGroup
	look    chan struct{} // wakes the watcher; holds one

	mu     sync.Mutex
	closed bool
	own    []*announcement
	views  map[registry.Role]*view
}

var _ registry.Registry = (*Registry)(nil)

// Open returns the registry in a Redis that need not be there yet: Health tells.
func Open(o Options) (*Registry, error) {
	o, err := o.parsed()
	if err != nil {
		return nil, err
	}
	o = o.withDefaults()
	if err := o.validate(); err != nil {
		return nil, err
	}
	r := &Registry{
		options: o,
		client:  o.client(),
		keys:    keys{o.Prefix},
		health:  newHealth(o.where(), o.Logger),
		look:    make(chan struct{}, 1),
		views:   make(map[registry.Role]*view),
	}
	r.life, r.end = context.WithCancel(context.Background())
	r.running.Go(r.watch)
	return r, nil
}

// Health implements registry.Registry. Its error names the address.
func (r *Registry) Health() error { return r.health.err() }

// Stats returns what this registry refused.
func (r *Registry) Stats() registry.Stats { return r.refusals.Stats() }

// Close implements registry.Registry.
func (r *Registry) Close() error {
	r.mu.Lock()
	closed := r.closed
	r.closed = true
	r.mu.Unlock()
	if closed {
		return nil
	}
	r.end()
	r.running.Wait()
	return r.client.Close()
}

// View implements registry.Registry. The view is empty until Redis has answered.
func (r *Registry) View(role registry.Role) registry.View {
	r.mu.Lock()
	defer r.mu.Unlock()
	v := r.views[role]
	if v == nil {
		v = newView(role, r.options.TTL)
		r.views[role] = v
		select {
		case r.look <- struct{}{}:
		default: // it is about to look anyway
		}
	}
	return &v.listing
}

// followed returns the views there are.
func (r *Registry) followed() []*view {
	r.mu.Lock()
	defer r.mu.Unlock()
	views := make([]*view, 0, len(r.views))
	for _, v := range r.views {
		views = append(views, v)
	}
	return views
}

// held returns the announcement of a gate's process, or nil.
func (r *Registry) held(gate registry.Instance) *announcement {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := slices.IndexFunc(r.own, func(a *announcement) bool {
		i := a.instance
		return i.Role == gate.Role && i.ID == gate.ID && i.Epoch == gate.Epoch
	})
	if i < 0 {
		return nil
	}
	return r.own[i]
}
