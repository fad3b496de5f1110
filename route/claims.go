package route

import (
	"slices"
	"sync"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// maxClaims is how many instances of business services a route knows at most.
const maxClaims = 1024

// claims is who serves which types. Claims of different services have no type
// in common; those of one service may.
type claims struct {
	mu        sync.RWMutex
	instances []*instance
	closed    bool
}

// take enters or renews a claim. A process that is new, or moved, is dialed.
func (cs *claims) take(c rpc.Claim, now, length time.Duration, dial dialer) (begun bool, err error) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	cs.expire(now)
	if err := cs.conflict(&c); err != nil {
		return false, err
	}
	old := cs.find(c.Service, c.Instance)
	if old != nil && old.claim.Addr == c.Addr {
		old.claim, old.until = c, now+length
		return false, nil
	}
	switch {
	case cs.closed:
		return false, &rpc.Error{Code: msgdef.CodeShuttingDown, Detail: "the route takes no claims any more", Undone: true}
	case old == nil && len(cs.instances) >= maxClaims:
		return false, rpc.Errorf(msgdef.CodeBusy, "the route has %d claims", maxClaims)
	}
	app, end, err := dial(c)
	if err != nil {
		return false, rpc.Errorf(msgdef.CodeBadArgument, "address %q: %v", c.Addr, err)
	}
	if old != nil {
		cs.remove(old)
	}
	in := newInstance(c, app, end)
	in.until = now + length
	cs.instances = append(cs.instances, in)
	return true, nil
}

// dialer is Options.Dial.
type dialer func(rpc.Claim) (rpc.Application, func(), error)

// conflict names the other service that has a type of c. The lock is held.
func (cs *claims) conflict(c *rpc.Claim) error {
	for _, in := range cs.instances {
		o := &in.claim
		if o.Service != c.Service && c.First <= o.Last && o.First <= c.Last {
			return rpc.Errorf(msgdef.CodeForbidden, "service %q serves 0x%04x to 0x%04x, so %q cannot serve 0x%04x to 0x%04x",
				o.Service, o.First, o.Last, c.Service, c.First, c.Last)
		}
	}
	return nil
}

// find returns an instance, or nil. The lock is held.
func (cs *claims) find(service, name string) *instance {
	for _, in := range cs.instances {
		if in.claim.Service == service && in.claim.Instance == name {
			return in
		}
	}
	return nil
}

// release takes an instance out and returns it; nil when there is none.
func (cs *claims) release(service, name string) *instance {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	in := cs.find(service, name)
	if in != nil {
		cs.remove(in)
	}
	return in
}

// remove takes an instance out. The lock is held.
func (cs *claims) remove(in *instance) {
	cs.instances = slices.DeleteFunc(cs.instances, func(o *instance) bool { return o == in })
	in.retire()
}

// expire takes out who did not renew. The lock is held.
func (cs *claims) expire(now time.Duration) {
	cs.instances = slices.DeleteFunc(cs.instances, func(in *instance) bool {
		over := in.until <= now
		if over {
			in.retire()
		}
		return over
	})
}

// sweep is expire for callers without the lock, who look first.
func (cs *claims) sweep(now time.Duration) {
	cs.mu.RLock()
	over := slices.ContainsFunc(cs.instances, func(in *instance) bool { return in.until <= now })
	cs.mu.RUnlock()
	if over {
		cs.mu.Lock()
		defer cs.mu.Unlock()
		cs.expire(now)
	}
}

// pick returns the instance for a frame: that with the highest weight among
// those that were reached lately, or else among the others. It is nil when
// nobody claims the type. The lock is held for reading.
func (cs *claims) pick(t uint16, uid uint64, now time.Duration, except *instance) (best *instance) {
	var bestWeight uint64
	bestSuspect := true
	for _, in := range cs.instances {
		if !serves(&in.claim, t) || in.until <= now || in == except {
			continue
		}
		suspect, weight := in.suspect.Load() > int64(now), in.weight(uid)
		if best == nil || !suspect && bestSuspect || suspect == bestSuspect && weight > bestWeight {
			best, bestWeight, bestSuspect = in, weight, suspect
		}
	}
	return best
}

// owns reports whether a service has claimed a type.
func (cs *claims) owns(service string, t uint16, now time.Duration) bool {
	cs.mu.RLock()
	defer cs.mu.RUnlock()
	return slices.ContainsFunc(cs.instances, func(in *instance) bool {
		return in.claim.Service == service && in.until > now && serves(&in.claim, t)
	})
}

// count returns how many claims hold.
func (cs *claims) count(now time.Duration) int {
	cs.sweep(now)
	cs.mu.RLock()
	defer cs.mu.RUnlock()
	return len(cs.instances)
}

// close ends the use of all instances, and calls under way with it.
func (cs *claims) close() {
	cs.mu.Lock()
	instances := cs.instances
	cs.instances, cs.closed = nil, true
	cs.mu.Unlock()
	for _, in := range instances {
		in.retire()
	}
}
