package redis

import (
	"context"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// watch looks at Redis until the registry is closed.
func (r *Registry) watch() {
	tick := time.NewTicker(r.options.Poll)
	defer tick.Stop()
	for {
		err := r.lookAt(r.followed())
		if r.life.Err() != nil {
			return
		}
		r.health.note(watching, err)
		select {
		case <-r.life.Done():
			return
		case <-tick.C:
		case <-r.look:
		}
	}
}

// sight is one view's part in a look.
type sight struct {
	view    *view
	members *goredis.StringSliceCmd
	leases  map[string]leaseLook // by ID
}

// leaseLook is the question about one lease.
type leaseLook struct {
	fields *goredis.SliceCmd
	left   *goredis.DurationCmd
}

// lookAt brings views up to date: in one round trip, or a second one for members
// that were not known.
func (r *Registry) lookAt(views []*view) error {
	ctx := r.life
	sights := make([]*sight, len(views))
	err := r.pipe(ctx, func(p goredis.Pipeliner) {
		p.Ping(ctx)
		for i, v := range views {
			sights[i] = &sight{view: v, members: p.SMembers(ctx, r.keys.members(v.role)), leases: make(map[string]leaseLook)}
			for id := range v.known {
				r.ask(ctx, p, sights[i], id)
			}
		}
	})
	if err == nil {
		err = r.pipe(ctx, func(p goredis.Pipeliner) {
			for _, s := range sights {
				for _, id := range s.members.Val() {
					r.ask(ctx, p, s, id)
				}
			}
		})
	}
	if err != nil {
		for _, v := range views {
			v.failed()
		}
		return err
	}
	return r.report(ctx, sights)
}

// ask adds the question about an ID, if it is not asked already.
func (r *Registry) ask(ctx context.Context, p goredis.Pipeliner, s *sight, id string) {
	if _, asked := s.leases[id]; asked {
		return
	}
	key := r.keys.lease(s.view.role, id)
	s.leases[id] = leaseLook{p.HMGet(ctx, key, "instance", "gone"), p.PTTL(ctx, key)}
}

// report tells the views what was seen, and takes from Redis what they forget.
func (r *Registry) report(ctx context.Context, sights []*sight) error {
	now := r.options.Now()
	return r.pipe(ctx, func(p goredis.Pipeliner) {
		for _, s := range sights {
			leases := make(map[string]lease, len(s.leases))
			for id, l := range s.leases {
				leases[id] = r.answer(s.view, id, l)
			}
			if forgotten := s.view.saw(leases, now); len(forgotten) > 0 {
				p.SRem(ctx, r.keys.members(s.view.role), forgotten)
			}
		}
	})
}

// answer reads the answer about an ID.
func (r *Registry) answer(v *view, id string, look leaseLook) lease {
	fields := look.fields.Val() // instance, gone: each a string or nil
	value, found := fields[0].(string)
	if !found {
		return lease{gone: fields[1] != nil}
	}
	instance, err := decodeInstance(value)
	if err == nil && instance.Role == v.role && instance.ID == id {
		return lease{instance: instance, found: true, left: look.left.Val()}
	}
	if v.known[id] == nil {
		r.options.Logger.Warn("what is listed cannot be read, and is left out", "role", v.role, "id", id, "error", err)
	}
	return lease{}
}
