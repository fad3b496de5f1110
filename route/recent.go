package route

import (
	"strings"
	"sync"
	"time"

	"github.com/sim-im/sim/msgdef/rpc"
)

// Bounds of what a route remembers of evictions: for how long, and how many.
// Those forgotten early are told again by the message service.
const (
	recentFor  = 10 * time.Minute
	recentMost = 1 << 16
)

// recent remembers evictions, for sessions that are registered after them and
// were judged before: a login that was under way, or all sessions of a gate that
// was stopped meanwhile. Only those with a generation are remembered, which tells
// them from sessions that are in order.
type recent struct {
	mu   sync.RWMutex
	by   map[device]recentEviction
	ring []device // the keys of by; oldest at next once it is full
	next int
}

// recentEviction is an eviction and when it was told last.
type recentEviction struct {
	rpc.Eviction
	at time.Duration // on the server's clock
}

// add remembers an eviction. Its text is copied, because it lies in a caller's
// memory.
func (r *recent) add(e *rpc.Eviction, now time.Duration) {
	if e.Generation == 0 {
		return
	}
	key := device{e.UID, e.Device}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.by == nil {
		r.by = make(map[device]recentEviction)
	}
	old, known := r.by[key]
	if known && old.Generation > e.Generation {
		return // late
	}
	kept := recentEviction{*e, now}
	kept.Detail, kept.Gate = strings.Clone(e.Detail), strings.Clone(e.Gate)
	r.by[key] = kept
	if known {
		return
	}
	if len(r.ring) < recentMost {
		r.ring = append(r.ring, key)
		return
	}
	delete(r.by, r.ring[r.next])
	r.ring[r.next] = key
	r.next = (r.next + 1) % recentMost
}

// about returns the eviction that a session of a gate falls under.
func (r *recent) about(gate string, s *rpc.Session, now time.Duration) (rpc.Eviction, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if len(r.by) == 0 {
		return rpc.Eviction{}, false
	}
	for _, key := range [...]device{{s.UID, 0}, {s.UID, s.Device}} {
		if e, ok := r.by[key]; ok && s.Generation < e.Generation && now-e.at <= recentFor && !stays(&e.Eviction, gate, s.Conn) {
			return e.Eviction, true
		}
	}
	return rpc.Eviction{}, false
}
