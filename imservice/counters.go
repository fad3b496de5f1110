package imservice

import (
	"sync/atomic"

	"github.com/sim-im/sim/msgdef"
)

// counters are what the pipeline and the logins count.
type counters struct {
	messages, repeats, refused atomic.Uint64
	commits, lostNotices       atomic.Uint64
	logins, badLogins, hashes  atomic.Uint64
	registrations, throttled   atomic.Uint64
	resumes, badResumes        atomic.Uint64
	rehashes, rotations        atomic.Uint64
	reusedTokens, bannedLogins atomic.Uint64
	bans, revocations          atomic.Uint64
	removals, passwords        atomic.Uint64
	dropped                    atomic.Uint64
}

// committed counts a batch that is durable.
func (c *counters) committed(b *batch) {
	refused := 0
	for i := range b.results {
		if b.results[i].Code != msgdef.CodeOK {
			refused++
		}
	}
	fresh, added := len(b.commit.Sent), 0
	for i := range b.commit.Messages {
		if !b.commit.Messages[i].Replaces {
			added++
		}
	}
	if b.pending != nil {
		c.commits.Add(1)
	}
	c.messages.Add(uint64(added))
	c.refused.Add(uint64(refused))
	c.repeats.Add(uint64(len(b.results) - fresh - refused))
}

// Stats is a snapshot of a Server's counters. Numbers count from New.
type Stats struct {
	Messages      uint64 // stored and durable
	Repeats       uint64 // sends answered with an earlier message
	Refused       uint64 // sends answered with an error, other than by the store
	Commits       uint64 // batches made durable
	LostNotices   uint64 // recipients whose notice the notifier did not take
	Logins        uint64 // that succeeded
	BadLogins     uint64 // wrong passwords and tokens
	Throttled     uint64 // logins refused after too many wrong passwords, or for want of cores
	Hashes        uint64 // passwords hashed
	Registrations uint64 // accounts made
	Resumes       uint64 // sessions that came back with a ticket
	BadResumes    uint64 // tickets that hold no more
	Rehashes      uint64 // passwords given another cost, see PasswordCost
	Rotations     uint64 // tokens exchanged
	ReusedTokens  uint64 // shown after they were exchanged; the device has to log in anew
	BannedLogins  uint64 // with a good proof, of banned accounts
	Bans          uint64
	Revocations   uint64
	Removals      uint64 // of accounts
	Deletions     uint64 // removed accounts of which nothing is left but the name
	Passwords     uint64 // changed or set
	Evictions     uint64 // verdicts of which every route has ended the sessions
	LostEvictions uint64 // given up because the routes could not be told for too long
	Pushed        uint64 // messages for devices that a push service confirmed
	Unpushed      uint64 // not offered to push services: too many waited for the device, or in all
	Dropped       uint64 // rows of inboxes, conversations and senders that are kept no longer
	Expired       uint64 // messages for devices that became too old to be pushed

	ExportsBegun    uint64                      // by users
	ExportsOperator uint64                      // begun by operators
	ExportsDone     uint64                      // whose last page was made
	ExportsRefused  map[msgdef.ErrorCode]uint64 // pages, by why not
	ExportPages     uint64
	ExportBytes     uint64 // of pages

	Waiting             int // messages and read positions not yet sequenced, now
	CachedUsers         int // heads in memory, now
	CachedConversations int
	CachedReads         int
	WaitingPushes       int // messages for devices that were not confirmed yet, now
	HeldPushes          int // of those, with push services
	WaitingEvictions    int // verdicts of which routes are still told, now
	WaitingDeletions    int // removed accounts that are being cleaned up, now
	PushTokens          int // devices that can be reached by push, now
}

// Stats returns the counters.
func (s *Server) Stats() Stats {
	c, b := &s.counters, s.outbox
	evicting, evicted, lost := s.evictions.counts()
	deleting, deleted := s.deletions.counts()
	return Stats{
		Messages: c.messages.Load(), Repeats: c.repeats.Load(), Refused: c.refused.Load(),
		Commits: c.commits.Load(), LostNotices: c.lostNotices.Load(),
		Logins: c.logins.Load(), BadLogins: c.badLogins.Load(), Throttled: c.throttled.Load(),
		Hashes: c.hashes.Load(), Registrations: c.registrations.Load(),
		Resumes: c.resumes.Load(), BadResumes: c.badResumes.Load(), Rehashes: c.rehashes.Load(),
		Rotations: c.rotations.Load(), ReusedTokens: c.reusedTokens.Load(), BannedLogins: c.bannedLogins.Load(),
		Bans: c.bans.Load(), Revocations: c.revocations.Load(), Removals: c.removals.Load(), Passwords: c.passwords.Load(),
		Dropped:   c.dropped.Load(),
		Deletions: deleted, WaitingDeletions: deleting,
		ExportsBegun: s.exports.byUsers.Load(), ExportsOperator: s.exports.byOperators.Load(), ExportsDone: s.exports.done.Load(),
		ExportsRefused: s.exports.refusedBy(), ExportPages: s.exports.made.Load(), ExportBytes: s.exports.bytes.Load(),
		Evictions: evicted, LostEvictions: lost, WaitingEvictions: evicting,
		Pushed: b.confirmed.Load(), Unpushed: b.skipped.Load(), Expired: b.expired.Load(),
		Waiting:             s.intake.backlog(),
		CachedUsers:         s.heads.users.len(),
		CachedConversations: s.heads.conversations.len(),
		CachedReads:         s.heads.reads.len(),
		WaitingPushes:       b.waiting.len(),
		HeldPushes:          b.heldNow(),
		PushTokens:          int(b.devices.count.Load()),
	}
}
