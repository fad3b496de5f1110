package relay

import "sync/atomic"

// Stats is a snapshot of what a relay counts, in the terms of a gate.
type Stats struct {
	Sessions                int // logged in now
	Logins                  uint64
	FramesIn                uint64 // of logged-in clients
	MessagesIn, MessagesOut uint64 // sends taken, and those delivered with their acknowledgement
	BytesIn, BytesOut       uint64 // of records
	Reads, Writes           uint64 // that brought, or took, something
	Commits                 uint64
}

type counts struct {
	sessions                                  atomic.Int64
	logins, framesIn, messagesIn, messagesOut atomic.Uint64
	bytesIn, bytesOut, reads, writes, commits atomic.Uint64
}

// Stats returns what was counted so far.
func (s *Server) Stats() Stats {
	c := &s.counts
	return Stats{
		Sessions: int(c.sessions.Load()), Logins: c.logins.Load(), FramesIn: c.framesIn.Load(),
		MessagesIn: c.messagesIn.Load(), MessagesOut: c.messagesOut.Load(),
		BytesIn: c.bytesIn.Load(), BytesOut: c.bytesOut.Load(),
		Reads: c.reads.Load(), Writes: c.writes.Load(), Commits: c.commits.Load(),
	}
}
