package gate

import "sync/atomic"

// Stats is a snapshot of what a gate counts. All but the first five fields grow
// from the start of the process.
type Stats struct {
	Connections int // open, at any stage
	Sessions    int // of those, logged in
	StuckBytes  int // held for connections that do not read, now
	Watchers    int // sessions that watch big groups
	Watches     int // groups that they watch, together

	Accepted    uint64 // connections, refused ones included
	Logins      uint64 // that succeeded
	Resumed     uint64 // of those, with a ticket
	FramesIn    uint64 // frames of logged-in clients
	FramesOut   uint64 // frames queued for clients; those dropped are counted in Drops too
	MessagesIn  uint64 // sends handed to the route
	MessagesOut uint64 // notifies queued
	BytesIn     uint64 // of records, with their overhead
	BytesOut    uint64
	Writes      uint64 // of sealed records, each with everything that waited
	Blocked     uint64 // writes that did not go at once
	Refused     uint64 // frames answered with Error
	SignInsLost uint64 // sessions whose beginning or end the message service was not told
	Healed      uint64 // sessions that had missed something, as a recheck found, or resuming
	Doubts      uint64 // times that everybody who watches a big group was checked anew

	AppFrames  uint64 // frames of applications handed to the route
	AppReplies uint64 // answers to them queued for clients
	AppRefused uint64 // of AppFrames, those answered with Error
	AppBusy    uint64 // frames of applications not handed to the route: over a rate, or too many on their way

	Counted   uint64               // counts of a group's members online that clients were told
	Uncounted map[Uncounted]uint64 // those that they asked for and were not told

	Closes map[Reason]uint64 // every connection once; refused ones included
	Drops  map[Drop]uint64   // frames

	Withheld  uint64               // tickets that clients asked for and did not get: over the user's rate
	Tickets   uint64               // given to clients
	Unresumed map[Unresumed]uint64 // attempts to resume that came to nothing
}

// counts is where a gate counts.
type counts struct {
	sessions                                     atomic.Int64
	accepted, logins, resumed, tickets, withheld atomic.Uint64
	framesIn, framesOut                          atomic.Uint64
	messagesIn, messagesOut                      atomic.Uint64
	bytesIn, bytesOut, writes, blocked, refuse   atomic.Uint64
	healed, doubts                               atomic.Uint64

	appFrames, appReplies, appRefused, appBusy atomic.Uint64

	closes [reasons]atomic.Uint64
	drops  [drops]atomic.Uint64

	unresumed [unresumeds]atomic.Uint64
	counted   atomic.Uint64
	uncounted [uncounteds]atomic.Uint64
}

func (c *counts) close(r Reason)          { c.closes[r].Add(1) }
func (c *counts) drop(d Drop, frames int) { c.drops[d].Add(uint64(frames)) }

// Stats returns what was counted so far. The counters are read one after
// another, so they may be apart by what happened meanwhile.
func (s *Server) Stats() Stats {
	c := &s.counts
	stats := Stats{
		Connections: s.conns.len(),
		Sessions:    int(c.sessions.Load()),
		StuckBytes:  int(s.pressure.bytes.Load()),
		Accepted:    c.accepted.Load(),
		Logins:      c.logins.Load(),
		Resumed:     c.resumed.Load(),
		FramesIn:    c.framesIn.Load(),
		FramesOut:   c.framesOut.Load(),
		MessagesIn:  c.messagesIn.Load(),
		MessagesOut: c.messagesOut.Load(),
		BytesIn:     c.bytesIn.Load(),
		BytesOut:    c.bytesOut.Load(),
		Writes:      c.writes.Load(),
		Blocked:     c.blocked.Load(),
		Refused:     c.refuse.Load(),
		SignInsLost: s.signIns.lost.Load(),
		Healed:      c.healed.Load(),
		Doubts:      c.doubts.Load(),
		AppFrames:   c.appFrames.Load(),
		AppReplies:  c.appReplies.Load(),
		AppRefused:  c.appRefused.Load(),
		AppBusy:     c.appBusy.Load(),
		Tickets:     c.tickets.Load(),
		Withheld:    c.withheld.Load(),
		Counted:     c.counted.Load(),
		Closes:      byReason[Reason](c.closes[:]),
		Drops:       byReason[Drop](c.drops[:]),
		Unresumed:   byReason[Unresumed](c.unresumed[:]),
		Uncounted:   byReason[Uncounted](c.uncounted[:]),
	}
	stats.Watchers, stats.Watches = s.audiences.watches.count()
	return stats
}

// byReason returns what was counted, by reason, without those of which there was none.
func byReason[R ~uint8](counts []atomic.Uint64) map[R]uint64 {
	all := make(map[R]uint64, len(counts))
	for r := range counts {
		if n := counts[r].Load(); n > 0 {
			all[R(r)] = n
		}
	}
	return all
}
