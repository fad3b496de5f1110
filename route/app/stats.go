package app

import "sync/atomic"

// counts is Stats in the making.
type counts struct {
	frames, busy, skipped, panics, failed, late, told atomic.Uint64
}

// Stats counts what a service did since it was started.
type Stats struct {
	Pending int    // frames that are handled or wait
	Claims  int    // routes that have the claim
	Frames  uint64 // that routes brought
	Busy    uint64 // of these, refused because too many waited
	Skipped uint64 // not begun, because their time was over
	Late    uint64 // not answered in time; handlers may have run on
	Panics  uint64 // of handlers
	Failed  uint64 // errors of handlers that clients were told nothing of
	Told    uint64 // sessions that messages were on their way to
}

// Stats returns the counters as of now.
func (s *Service) Stats() Stats {
	claimed, _, _ := s.state()
	c := &s.counts
	return Stats{
		Pending: s.users.count(), Claims: claimed,
		Frames: c.frames.Load(), Busy: c.busy.Load(), Skipped: c.skipped.Load(), Late: c.late.Load(),
		Panics: c.panics.Load(), Failed: c.failed.Load(), Told: c.told.Load(),
	}
}
