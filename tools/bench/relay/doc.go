// Package relay is the yardstick of sim bench limit: a server that speaks just
// enough of the public protocol for the SDK, and does nothing that a message
// does not need. What it reaches is what the machine allows.
//
//	          reader of a connection          flusher
//	bytes ─▶ records ─▶ frames ─▶ sends ─┐      ▲ seals and writes what waits
//	                                     │      │
//	bare:        place ──────────────────┼──▶ outboxes
//	                                     │      ▲
//	committing:  intake ─▶ sequencer ─▶ syncer ─┘
//	                       Pebble, at most two commits outstanding
//
// The bare relay numbers messages in memory and hands them on, to a pair or to all
// connections that watch a group. The committing relay also writes the rows that
// the message service writes, and answers when they are on the disk; it has no
// groups. Neither has routes, limits, pulls, pushes, members,
// other codecs or QUIC; accounts live as long as the process, any password is
// right, and a user is reached on the session that logged in last.
//
// The package may import msgdef, its frames and records, and gate/transport. It
// must not import the server it is compared with: gate, route, imservice.
package relay
