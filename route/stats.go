package route

import "sync/atomic"

// counts holds what only grows.
type counts struct {
	registered   atomic.Uint64
	unregistered atomic.Uint64
	displaced    atomic.Uint64
	dropped      atomic.Uint64
	oldEpoch     atomic.Uint64
	delivered    atomic.Uint64
	pushed       atomic.Uint64
}

// Stats is what a route has in it and has done since it was made.
type Stats struct {
	Gates    int // attached
	Users    int // with at least one session
	Sessions int

	Registered   uint64 // sessions
	Unregistered uint64 // sessions
	Displaced    uint64 // sessions that gave way to another
	Dropped      uint64 // sessions of gate processes that ended
	OldEpoch     uint64 // batches of gate processes that were replaced
	Delivered    uint64 // notifies that gates took
	Pushed       uint64 // frames that gates took
	Losses       []Loss // by call and code, in that order
}

// Stats returns the numbers of this moment. It visits every user and is meant
// for a metrics page, not for a path of messages.
func (s *Server) Stats() Stats {
	users, sessions := s.table.size()
	return Stats{
		Gates:        s.gates.count(),
		Users:        users,
		Sessions:     sessions,
		Registered:   s.counts.registered.Load(),
		Unregistered: s.counts.unregistered.Load(),
		Displaced:    s.counts.displaced.Load(),
		Dropped:      s.counts.dropped.Load(),
		OldEpoch:     s.counts.oldEpoch.Load(),
		Delivered:    s.counts.delivered.Load(),
		Pushed:       s.counts.pushed.Load(),
		Losses:       s.losses.snapshot(),
	}
}
