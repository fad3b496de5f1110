package route

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

// crowdMost is how many users a master keeps an eye on by name; when there are
// more it looks through the whole table.
const crowdMost = 1 << 16

// crowd holds the users whose sessions were told to give way and may not have
// done so: a call may be lost. It is empty but at a master.
type crowd struct {
	mu   sync.Mutex
	uids map[uint64]struct{}
	all  bool // there were too many to hold
}

// add takes users in.
func (c *crowd) add(uids []uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.uids == nil {
		c.uids = make(map[uint64]struct{})
	}
	for _, uid := range uids {
		if c.all = c.all || len(c.uids) >= crowdMost; c.all {
			return
		}
		c.uids[uid] = struct{}{}
	}
}

// take empties the crowd. all says that others were left out.
func (c *crowd) take() (uids []uint64, all bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	uids, all = slices.Collect(maps.Keys(c.uids)), c.all
	c.uids, c.all = nil, false
	return uids, all
}

// rounds does what a master has to do again and again.
func (s *Server) rounds(ctx context.Context) {
	ticker := time.NewTicker(s.options.Rounds)
	defer ticker.Stop()
	for {
		select {
		case <-s.lease.won:
			s.takeOver(ctx)
		case <-ticker.C:
			s.round(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// takeOver begins a term: gates learn it, and whoever should have given way
// under the last master, or under none, does so now.
func (s *Server) takeOver(ctx context.Context) {
	for _, g := range s.gates.all() {
		s.assert(ctx, g)
	}
	s.crowd.take()
	s.giveWay(ctx, s.allCrowded())
}

// allCrowded looks through the table.
func (s *Server) allCrowded() (uids []uint64) {
	s.table.crowded(s.rules, func(uid uint64) { uids = append(uids, uid) })
	return uids
}

// round tells those who were told to give way and are still there once more,
// and reports who came and went.
func (s *Server) round(ctx context.Context) {
	uids, all := s.crowd.take()
	term, master := s.Master()
	if !master {
		s.changes.forget()
		return
	}
	s.changes.flush()
	if all {
		uids = s.allCrowded()
	}
	var still []uint64
	for _, uid := range uids {
		if len(s.table.excess(uid, s.rules, false)) > 0 {
			still = append(still, uid)
		}
	}
	s.crowd.add(still)
	s.displace(ctx, term, still)
}
