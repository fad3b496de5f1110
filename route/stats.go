package route

import (
	"sync/atomic"

	"github.com/sim-im/sim/msgdef"
)

// counts holds what only grows.
type counts struct {
	registered   atomic.Uint64
	unregistered atomic.Uint64
	displaced    [yields]atomic.Uint64
	evicted      evictions
	dropped      atomic.Uint64
	oldEpoch     atomic.Uint64
	delivered    atomic.Uint64
	pushed       atomic.Uint64
	stale        atomic.Uint64
	snapshots    atomic.Uint64
	swept        atomic.Uint64
	forwarded    atomic.Uint64
	answered     atomic.Uint64
	told         atomic.Uint64
	noClaim      atomic.Uint64

	censuses, censusAnswers atomic.Uint64
}

// Stats is what a route has in it and has done since it was made.
type Stats struct {
	Gates    int // attached
	Users    int // with at least one session
	Sessions int
	Topics   int // big groups that sessions watch

	Registered   uint64                      // sessions
	Unregistered uint64                      // sessions
	Displaced    map[Yield]uint64            // sessions that gave way to another
	Evicted      map[msgdef.ErrorCode]uint64 // sessions that gates were told to end on behalf of the message service
	Dropped      uint64                      // sessions of gate processes that ended
	OldEpoch     uint64                      // batches of gate processes that were replaced
	Delivered    uint64                      // notifies that gates took
	Pushed       uint64                      // frames that gates took
	Losses       []Loss                      // by call and code, in that order

	Complete  bool   // all sessions of the region are known here
	InSync    int    // gates, of those that there should be
	Expected  int    // gates that there should be
	Stale     uint64 // updates that were overtaken
	Snapshots uint64 // of gates, taken to the end

	Master    bool
	Term      uint64 // held now or last
	Takeovers uint64 // times that this route became master
	Swept     uint64 // sessions of dead gates, out of the registry
	Unlisted  uint64 // devices that came or went and were not reported

	Censuses      uint64                      // groups that were gone through to count who is online
	CensusAnswers uint64                      // to those who have asked how many are
	CensusRefused map[msgdef.ErrorCode]uint64 // those who have asked and were not told

	Claims        int    // of instances of business services
	ClaimsRefused uint64 // of rivals, beyond the bound, malformed
	Forwarded     uint64 // frames that business services were given
	Answered      uint64 // answers of theirs that gates got
	Told          uint64 // frames of theirs that gates took
	AppRefused    map[AppReason]uint64
}

// Stats returns the numbers of this moment. It visits every user and is meant
// for a metrics page, not for a path of messages.
func (s *Server) Stats() Stats {
	users, sessions := s.table.size()
	missing, expected := s.lacking(nil)
	term, master := s.Master()
	return Stats{
		Gates:         s.gates.count(),
		Users:         users,
		Sessions:      sessions,
		Topics:        s.topics.size(),
		Registered:    s.counts.registered.Load(),
		Unregistered:  s.counts.unregistered.Load(),
		Displaced:     s.displacedBy(),
		Evicted:       s.counts.evicted.byCode(),
		Dropped:       s.counts.dropped.Load(),
		OldEpoch:      s.counts.oldEpoch.Load(),
		Delivered:     s.counts.delivered.Load(),
		Pushed:        s.counts.pushed.Load(),
		Losses:        s.losses.snapshot(),
		Complete:      s.incomplete() == nil,
		InSync:        expected - missing,
		Expected:      expected,
		Stale:         s.counts.stale.Load(),
		Snapshots:     s.counts.snapshots.Load(),
		Master:        master,
		Term:          term,
		Takeovers:     s.lease.taken(),
		Swept:         s.counts.swept.Load(),
		Unlisted:      s.changes.unlisted(),
		Censuses:      s.counts.censuses.Load(),
		CensusAnswers: s.counts.censusAnswers.Load(),
		CensusRefused: s.census.refusals(),
		Claims:        s.claims.count(s.clock()),
		ClaimsRefused: s.counts.noClaim.Load(),
		Forwarded:     s.counts.forwarded.Load(),
		Answered:      s.counts.answered.Load(),
		Told:          s.counts.told.Load(),
		AppRefused:    s.appRefused(),
	}
}

// displacedBy returns the sessions that gave way, by reason.
func (s *Server) displacedBy() map[Yield]uint64 {
	out := make(map[Yield]uint64, yields)
	for why := range yields {
		out[why] = s.counts.displaced[why].Load()
	}
	return out
}
