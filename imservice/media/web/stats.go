package web

import "sync/atomic"

// counters are what a server counts.
type counters struct {
	begun, finished, expired atomic.Uint64
	downloads                atomic.Uint64
	received, sent           atomic.Uint64
	erased                   atomic.Uint64
	refused                  map[Reason]*atomic.Uint64 // all reasons, never changed
}

func newCounters() counters {
	refused := make(map[Reason]*atomic.Uint64)
	for _, reason := range allReasons() {
		refused[reason] = new(atomic.Uint64)
	}
	return counters{refused: refused}
}

func (c *counters) refuse(why Reason) { c.refused[why].Add(1) }

// Stats is a snapshot of a Server's counters. Numbers count from New.
type Stats struct {
	Open      int // uploads under way
	Begun     uint64
	Finished  uint64 // became media
	Expired   uint64 // uploads that nobody went on with
	Downloads uint64 // begun, ranges among them
	Received  uint64 // bytes
	Sent      uint64 // bytes
	Erased    uint64 // media that no message carried
	Refused   map[Reason]uint64
}

// Stats returns the counters.
func (s *Server) Stats() Stats {
	c := &s.counters
	stats := Stats{
		Open: s.quotas.underWay(), Begun: c.begun.Load(), Finished: c.finished.Load(), Expired: c.expired.Load(),
		Downloads: c.downloads.Load(), Received: c.received.Load(), Sent: c.sent.Load(), Erased: c.erased.Load(),
		Refused: make(map[Reason]uint64, len(c.refused)),
	}
	for why, n := range c.refused {
		stats.Refused[why] = n.Load()
	}
	return stats
}
