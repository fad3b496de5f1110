package push

import "sync/atomic"

// Reason is why a row was not pushed by the attempt that is counted. The set is
// closed; names are metric labels.
type Reason uint8

// Reasons for which a row is confirmed without a push.
const (
	Obsolete   Reason = iota // the device has the message by now, or has no token
	Expired                  // the message is older than Options.Expire
	TokenDead                // says the provider; the token is forgotten
	Refused                  // by the provider, for good
	NoProvider               // the token is for one that is not configured
	Unreadable               // the outbox holds a message that cannot be decoded

	// Reasons for which a row is let go and is due again after the hold.

	Retried    // the provider failed or had no time
	Late       // no slot, or no answer of the outbox, until close to the hold
	Crowded    // too many rows wait for this provider
	ShutDown   // the server stopped; another one is told at once
	Repeated   // a reference to a row that is being worked on, which goes on
	BadMessage // of the queue: not a reference, or a torn one

	reasons
)

// String returns the label.
func (r Reason) String() string {
	names := [reasons]string{
		"obsolete", "expired", "token_dead", "refused", "no_provider", "unreadable",
		"retry", "late", "crowded", "shutdown", "repeated", "bad_message",
	}
	if r >= reasons {
		return "unknown"
	}
	return names[r]
}

// Dropped tells whether rows of this reason are confirmed, and do not come again.
func (r Reason) Dropped() bool { return r <= Unreadable }

// counts holds what only grows.
type counts struct {
	published atomic.Uint64
	taken     atomic.Uint64
	delivered atomic.Uint64
	confirmed atomic.Uint64
	ended     [reasons]atomic.Uint64
}

// Stats is what a Server holds and has done since it was made.
type Stats struct {
	Rows  int // in memory
	Calls int // of providers, under way

	Published uint64 // references put into the queue
	Taken     uint64 // rows taken from it
	Delivered uint64 // notifications that providers took
	Confirmed uint64 // rows that are gone from the outbox
	Ended     map[Reason]uint64
}

// Stats returns the numbers of this moment.
func (s *Server) Stats() Stats {
	rows, calls := s.board.size()
	c := &s.counts
	stats := Stats{
		Rows: rows, Calls: calls,
		Published: c.published.Load(), Taken: c.taken.Load(),
		Delivered: c.delivered.Load(), Confirmed: c.confirmed.Load(),
		Ended: make(map[Reason]uint64, reasons),
	}
	for r := range reasons {
		if n := c.ended[r].Load(); n > 0 {
			stats.Ended[r] = n
		}
	}
	return stats
}
