package redis

import (
	"time"

	"github.com/sim-im/sim/route/registry"
)

// view follows the instances of a role. All but its listing belongs to the
// watcher's goroutine. It knows nothing of Redis: what was seen is told, with
// the time.
type view struct {
	role    registry.Role
	ttl     time.Duration
	listing registry.Listing
	known   map[string]*sighting // by ID
	blind   bool                 // the last look failed
}

// sighting is what is known of an ID that is, or was, a member of the role.
//
//	      lease                    no lease, the time is up
//	new ────────▶ listed ─────────────────────▶ unlisted ──────────▶ forgotten
//	 │              ▲ │ withdrawn                ▲  │    the time is up
//	 │              │ └──────────────────────────┘  │
//	 │              └─────────── lease ─────────────┘
//	 └── no lease ───────────────────────────────▶ unlisted
type sighting struct {
	instance registry.Instance
	listed   bool
	until    time.Time // when the time is up
}

// lease is what a look at a lease found.
type lease struct {
	instance registry.Instance
	found    bool
	gone     bool          // withdrawn
	left     time.Duration // until it ends, when found
}

func newView(role registry.Role, ttl time.Duration) *view {
	return &view{role: role, ttl: ttl, known: make(map[string]*sighting)}
}

// failed notes that nothing was seen.
func (v *view) failed() { v.blind = true }

// saw takes the leases of all members, and of those known before, as of now. It
// returns the IDs to be forgotten in Redis as well.
func (v *view) saw(leases map[string]lease, now time.Time) (forgotten []string) {
	if v.blind {
		v.blind = false
		v.grace(now)
	}
	for id, l := range leases {
		if v.known[id] == nil {
			v.known[id] = &sighting{until: now.Add(v.ttl)}
		}
		if v.known[id].saw(l, now, v.ttl) {
			delete(v.known, id)
			forgotten = append(forgotten, id)
		}
	}
	v.publish()
	return forgotten
}

// grace lets those that are listed announce themselves again: a registry that
// was away may have lost them, or they could not renew.
func (v *view) grace(now time.Time) {
	for _, s := range v.known {
		if until := now.Add(v.ttl); s.until.Before(until) {
			s.until = until
		}
	}
}

func (s *sighting) saw(l lease, now time.Time, ttl time.Duration) (forget bool) {
	switch {
	case l.found:
		*s = sighting{instance: l.instance, listed: true, until: now.Add(l.left)}
	case l.gone && s.listed:
		s.listed, s.until = false, now.Add(ttl)
	case now.Before(s.until): // Redis has lost it, or it has only begun
	case s.listed:
		s.listed, s.until = false, now.Add(ttl)
	default:
		return true
	}
	return false
}

func (v *view) publish() {
	var instances []registry.Instance
	for _, s := range v.known {
		if s.listed {
			instances = append(instances, s.instance)
		}
	}
	v.listing.Set(instances)
}
